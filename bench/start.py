"""From starting the server to its first answer; then what it weighs at rest, and on disk."""

import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import time

REST_SECONDS = 2


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def answers(port):
    try:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except OSError:
        return False


def resident_bytes(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        for line in status:
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
    return 0


def main(binary, folder):
    data, port = os.path.join(folder, "data"), free_port()
    shutil.rmtree(data, ignore_errors=True)
    surroundings = {
        **os.environ,
        "BILLINGONE_PASSWORD": "a long enough password",
        "BILLINGONE_DATA_DIR": data,
        "BILLINGONE_SERVER_LISTEN": f"127.0.0.1:{port}",
        "BILLINGONE_LOG_FILTER": "warn",
    }
    quiet = {"env": surroundings, "stdout": subprocess.DEVNULL}
    first = [binary, "init", "--organization", "Northwind IT", "--email", "owner@example.com"]
    subprocess.run(first, check=True, **quiet)
    started = time.perf_counter()
    server = subprocess.Popen([binary, "serve"], **quiet)
    try:
        while not answers(port):
            if server.poll() is not None:
                sys.exit("the server ended")
            time.sleep(0.001)
        seconds = time.perf_counter() - started
        time.sleep(REST_SECONDS)
        said = {
            "seconds": seconds,
            "rest_bytes": resident_bytes(server.pid),
            "binary_bytes": os.path.getsize(binary),
        }
    finally:
        server.terminate()
        server.wait()
    print(json.dumps(said))


main(*sys.argv[1:])
