"""Reads and writes the sandbox's Xero with the vendor's own SDK.

Everything comes by environment: XERO_BASE (…/xero), XERO_TENANT, XERO_TOKEN and XERO_REFRESH of a
consent already given, XERO_CLIENT_ID and XERO_CLIENT_SECRET. Any failed assertion fails the test.
"""

import datetime
import os
from decimal import Decimal

from xero_python.accounting import (
    Account,
    AccountingApi,
    Allocation,
    Allocations,
    Contact,
    Contacts,
    CreditNote,
    CreditNotes,
    HistoryRecord,
    HistoryRecords,
    Invoice,
    Invoices,
    LineItem,
    LineAmountTypes,
    Payment,
    PaymentDelete,
    Payments,
)
from xero_python.api_client import ApiClient
from xero_python.api_client.configuration import Configuration
from xero_python.api_client.oauth2 import OAuth2Token, TokenApi
from xero_python.accounting.models import RequestEmpty
from xero_python.exceptions import AccountingBadRequestException
from xero_python.exceptions.http_status_exceptions import HTTPStatusException
from xero_python.identity import IdentityApi

BASE = os.environ["XERO_BASE"]
TENANT = os.environ["XERO_TENANT"]
API = BASE + "/api.xro/2.0"
UTC = datetime.timezone.utc

TokenApi.refresh_token_url = BASE + "/identity/connect/token"
TokenApi.revoke_token_url = BASE + "/identity/connect/revocation"

token = {
    "access_token": os.environ["XERO_TOKEN"],
    "refresh_token": os.environ["XERO_REFRESH"],
    "token_type": "Bearer",
    "expires_in": 1800,
    "expires_at": 4102444800,
    "scope": ["offline_access", "accounting.invoices"],
}

client = ApiClient(
    Configuration(
        oauth2_token=OAuth2Token(
            client_id=os.environ["XERO_CLIENT_ID"],
            client_secret=os.environ["XERO_CLIENT_SECRET"],
        )
    ),
    pool_threads=1,
)


@client.oauth2_token_getter
def read_token():
    return token


@client.oauth2_token_saver
def save_token(new):
    global token
    token = dict(new, expires_at=4102444800)


api = AccountingApi(client, base_url=API)


def refused(call, message):
    """The call must be a validation error that says `message`."""
    try:
        call()
    except AccountingBadRequestException as error:
        assert message in str(error.reason), error.reason
        return
    raise AssertionError(f"{message!r} was expected")


def line(quantity, price, **more):
    fields = dict(
        description="Seats",
        quantity=Decimal(quantity),
        unit_amount=Decimal(price),
        account_code="205",
        tax_type="OUTPUT2",
    )
    return LineItem(**{**fields, **more})


def identity():
    connections = IdentityApi(client, base_url=BASE + "/api").get_connections()
    assert [str(connection.tenant_id) for connection in connections] == [TENANT]
    assert connections[0].tenant_type == "ORGANISATION"


def settings():
    organisation = api.get_organisations(TENANT).organisations[0]
    assert organisation.name == "Northwind IT Ltd"
    assert str(organisation.base_currency) == "CurrencyCode.GBP"
    assert isinstance(organisation.created_date_utc, datetime.datetime)
    rates = {rate.tax_type: rate for rate in api.get_tax_rates(TENANT).tax_rates}
    assert rates["OUTPUT2"].effective_rate == Decimal("20")
    accounts = api.get_accounts(TENANT, where='Status=="ACTIVE" AND Type=="BANK"').accounts
    assert [account.code for account in accounts] == ["090", "091"]
    items = {item.code: item for item in api.get_items(TENANT, unitdp=4).items}
    assert items["BACKUP"].sales_details.unit_price == Decimal("3.1234")
    actions = api.get_organisation_actions(TENANT).actions
    assert any(action.name == "CreateApprovedInvoice" for action in actions)


def contacts():
    made = api.create_contacts(
        TENANT,
        contacts=Contacts(contacts=[Contact(name="Grün & Söhne GmbH", contact_number="C900")]),
    ).contacts[0]
    assert made.contact_status == "ACTIVE"
    again = api.get_contact(TENANT, made.contact_id).contacts[0]
    assert again.name == "Grün & Söhne GmbH"
    changed = api.update_contact(
        TENANT,
        made.contact_id,
        contacts=Contacts(contacts=[Contact(email_address="post@gruen.example")]),
    ).contacts[0]
    assert (changed.name, changed.email_address) == ("Grün & Söhne GmbH", "post@gruen.example")
    twice = Contacts(contacts=[Contact(name="grün & söhne gmbh")])
    refused(lambda: api.create_contacts(TENANT, contacts=twice), "must be unique across all active")
    found = api.get_contacts(TENANT, search_term="söhne", page=1, page_size=10)
    assert found.pagination.item_count == 1
    return made.contact_id


def invoices(contact):
    draft = Invoice(
        type="ACCREC",
        contact=Contact(contact_id=contact),
        invoice_number="PY-1",
        reference="PO 4711",
        date=datetime.date(2026, 11, 1),
        due_date=datetime.date(2026, 11, 15),
        line_amount_types=LineAmountTypes.EXCLUSIVE,
        status="DRAFT",
        line_items=[line("5", "33.1234"), line("1", "25.06"), line("1", "25.61")],
    )
    made = api.create_invoices(
        TENANT, invoices=Invoices(invoices=[draft]), summarize_errors=False, unitdp=4
    ).invoices[0]
    assert not made.has_errors
    assert made.line_items[0].unit_amount == Decimal("33.1234")
    assert made.line_items[0].line_amount == Decimal("165.62")
    assert (made.total_tax, made.total) == (Decimal("43.25"), Decimal("259.54"))
    assert (made.date, made.due_date) == (datetime.date(2026, 11, 1), datetime.date(2026, 11, 15))
    assert isinstance(made.updated_date_utc, datetime.datetime)

    refused(
        lambda: api.create_invoices(TENANT, invoices=Invoices(invoices=[draft])),
        "Invoice # must be unique.",
    )
    verdicts = api.create_invoices(
        TENANT, invoices=Invoices(invoices=[draft]), summarize_errors=False
    ).invoices
    assert verdicts[0].status_attribute_string == "ERROR" and verdicts[0].has_errors
    assert verdicts[0].validation_errors[0].message == "Invoice # must be unique."

    approved = api.update_invoice(
        TENANT, made.invoice_id, invoices=Invoices(invoices=[Invoice(status="AUTHORISED")]), unitdp=4
    ).invoices[0]
    assert (approved.status, len(approved.line_items)) == ("AUTHORISED", 3)
    assert approved.amount_due == Decimal("259.54")

    spare = Invoice(
        type="ACCREC", contact=Contact(contact_id=contact), invoice_number="PY-2", status="AUTHORISED",
        line_items=[line("1", "10", discount_rate=Decimal("12.5"))],
    )
    spare = api.update_or_create_invoices(TENANT, invoices=Invoices(invoices=[spare])).invoices[0]
    assert (spare.total_discount, spare.total) == (Decimal("1.25"), Decimal("10.50"))
    void = Invoices(invoices=[Invoice(status="VOIDED")])
    assert api.update_invoice(TENANT, spare.invoice_id, invoices=void).invoices[0].status == "VOIDED"
    refused(
        lambda: api.update_invoice(TENANT, spare.invoice_id, invoices=void),
        "Invoice not of valid status for modification",
    )
    keyed = dict(invoices=Invoices(invoices=[Invoice(
        type="ACCREC", contact=Contact(contact_id=contact), invoice_number="PY-3",
        line_items=[line("1", "1")],
    )]), idempotency_key="py-3")
    first = api.create_invoices(TENANT, **keyed).invoices[0]
    assert api.create_invoices(TENANT, **keyed).invoices[0].invoice_id == first.invoice_id
    return made.invoice_id


def reading():
    seen = []
    page = 1
    while True:
        reply = api.get_invoices(TENANT, page=page, page_size=10, unitdp=4, include_archived=False)
        seen += [invoice.invoice_number for invoice in reply.invoices]
        assert all(invoice.line_items for invoice in reply.invoices)
        if page >= reply.pagination.page_count:
            break
        page += 1
    assert len(seen) == len(set(seen)) == reply.pagination.item_count == 28, seen
    since = datetime.datetime(2026, 11, 12, 9, 0, tzinfo=UTC)
    changed = api.get_invoices(TENANT, if_modified_since=since, page=1).invoices
    assert sorted(invoice.invoice_number for invoice in changed) == ["PY-1", "PY-2", "PY-3"]
    later = since + datetime.timedelta(seconds=1)
    assert api.get_invoices(TENANT, if_modified_since=later, page=1).invoices == []
    some = api.get_invoices(
        TENANT,
        where='Status=="AUTHORISED" AND Date>=DateTime(2026,11,1)',
        order="InvoiceNumber DESC",
        statuses=["AUTHORISED"],
        page=1,
    ).invoices
    assert [invoice.invoice_number for invoice in some] == ["PY-1"]
    assert api.get_invoices(TENANT, invoice_numbers=["S-000001"]).invoices[0].line_items == []
    try:
        api.get_invoice(TENANT, "00000000-0000-0000-0000-000000000001")
        raise AssertionError("a 404 was expected")
    except HTTPStatusException as error:
        assert error.status == 404


def payments(invoice):
    pay = Payment(
        invoice=Invoice(invoice_id=invoice),
        account=Account(code="090"),
        date=datetime.date(2026, 11, 10),
        amount=Decimal("100.00"),
    )
    made = api.create_payments(TENANT, payments=Payments(payments=[pay])).payments[0]
    assert (made.payment_type, made.status) == ("ACCRECPAYMENT", "AUTHORISED")
    single = api.create_payment(TENANT, payment=Payment(**{**pay_fields(pay), "amount": Decimal("9.54")}))
    state = api.get_invoice(TENANT, invoice).invoices[0]
    assert (state.amount_paid, state.amount_due) == (Decimal("109.54"), Decimal("150.00"))
    assert len(state.payments) == 2
    too_much = Payments(payments=[Payment(**{**pay_fields(pay), "amount": Decimal("150.01")})])
    refused(lambda: api.create_payments(TENANT, payments=too_much), "exceeds the amount outstanding")
    gone = api.delete_payment(
        TENANT, single.payments[0].payment_id, payment_delete=PaymentDelete(status="DELETED")
    ).payments[0]
    assert gone.status == "DELETED"
    assert api.get_invoice(TENANT, invoice).invoices[0].amount_due == Decimal("159.54")
    listed = api.get_payments(TENANT, page=1, page_size=100, where='Status=="DELETED"').payments
    assert [payment.payment_id for payment in listed] == [gone.payment_id]
    return made.payment_id


def pay_fields(payment):
    return dict(invoice=payment.invoice, account=payment.account, date=payment.date)


def credit_notes(contact, invoice):
    note = CreditNote(
        type="ACCRECCREDIT",
        contact=Contact(contact_id=contact),
        credit_note_number="PYCN-1",
        date=datetime.date(2026, 11, 5),
        status="AUTHORISED",
        line_amount_types=LineAmountTypes.INCLUSIVE,
        line_items=[line("1", "59.54")],
    )
    made = api.create_credit_notes(TENANT, credit_notes=CreditNotes(credit_notes=[note])).credit_notes[0]
    assert (made.total, made.total_tax) == (Decimal("59.54"), Decimal("9.92"))
    allocation = Allocation(
        invoice=Invoice(invoice_id=invoice), amount=Decimal("59.54"), date=datetime.date(2026, 11, 6)
    )
    done = api.create_credit_note_allocation(
        TENANT, made.credit_note_id, allocations=Allocations(allocations=[allocation])
    ).allocations[0]
    assert done.amount == Decimal("59.54")
    state = api.get_invoice(TENANT, invoice).invoices[0]
    assert (state.amount_credited, state.amount_due) == (Decimal("59.54"), Decimal("100.00"))
    used = api.get_credit_note(TENANT, made.credit_note_id).credit_notes[0]
    assert (used.status, used.remaining_credit) == ("PAID", Decimal("0.00"))
    released = api.delete_credit_note_allocations(TENANT, made.credit_note_id, done.allocation_id)
    assert released.is_deleted
    assert api.get_invoice(TENANT, invoice).invoices[0].amount_due == Decimal("159.54")
    assert len(api.get_credit_notes(TENANT, page=1, page_size=5, unitdp=4).credit_notes) == 1


def extras(contact, invoice):
    api.email_invoice(TENANT, invoice, request_empty=RequestEmpty())
    assert api.get_invoice(TENANT, invoice).invoices[0].sent_to_contact
    online = api.get_online_invoice(TENANT, invoice).online_invoices[0]
    assert online.online_invoice_url.startswith("https://in.xero.com/")
    with open(api.get_invoice_as_pdf(TENANT, invoice), "rb") as file:
        assert file.read(5) == b"%PDF-"
    note = HistoryRecords(history_records=[HistoryRecord(details="Read by Python")])
    api.create_invoice_history(TENANT, invoice, history_records=note)
    details = [record.details for record in api.get_invoice_history(TENANT, invoice).history_records]
    assert "Read by Python" in details


def tokens():
    old = token["access_token"]
    client.refresh_oauth2_token()
    assert token["access_token"] != old
    assert api.get_organisations(TENANT).organisations
    client.revoke_oauth2_token()


identity()
settings()
contact = contacts()
invoice = invoices(contact)
reading()
payment = payments(invoice)
credit_notes(contact, invoice)
extras(contact, invoice)
tokens()
print("xero-python agrees")
