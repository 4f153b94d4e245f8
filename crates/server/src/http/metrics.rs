//! Counters and durations for Prometheus.

use std::time::Duration;

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle, PrometheusRecorder};

/// The process's measurements. No label carries anything of a tenant.
pub struct Metrics {
    recorder: PrometheusRecorder,
    handle: PrometheusHandle,
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    pub fn new() -> Self {
        let recorder = PrometheusBuilder::new().build_recorder();
        let handle = recorder.handle();
        Self { recorder, handle }
    }

    pub fn render(&self) -> String {
        self.handle.run_upkeep();
        self.handle.render()
    }

    pub fn job_ran(&self, kind: &'static str, ok: bool) {
        let outcome = if ok { "ok" } else { "error" };
        metrics::with_local_recorder(&self.recorder, || {
            metrics::counter!("billingone_jobs_total", "kind" => kind, "outcome" => outcome)
                .increment(1);
        });
    }

    /// `route` is the route's pattern, never the address with its ids.
    pub fn request_served(&self, method: String, route: String, status: u16, took: Duration) {
        metrics::with_local_recorder(&self.recorder, || {
            let labels = [
                ("method", method),
                ("route", route),
                ("status", status.to_string()),
            ];
            metrics::histogram!("billingone_request_seconds", &labels).record(took);
        });
    }

    pub fn gauge(&self, name: &'static str, label: String, value: i64) {
        metrics::with_local_recorder(&self.recorder, || {
            #[expect(
                clippy::cast_precision_loss,
                reason = "gauges are floats by their protocol"
            )]
            metrics::gauge!(name, "state" => label).set(value as f64);
        });
    }
}
