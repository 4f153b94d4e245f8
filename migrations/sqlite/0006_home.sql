-- What Home sums up, kept so that it costs the same for ten clients and for ten thousand.

-- What the contract's running lines are worth a month; null before the first look.
alter table contract add column mrr_minor integer;
create index contract_worth on contract (org_id, currency, status, ends_on, mrr_minor);

-- What all contracts were worth at the end of past months, as the last run works it out.
create table mrr_month (
  org_id blob not null references organization (id) on delete cascade,
  month_on text not null,
  currency text not null,
  mrr_minor integer not null,
  primary key (org_id, month_on, currency)
) strict;

-- Clients of which more is used than bought, as the run found it.
alter table reconcile_run add column under_licensed integer not null default 0;

-- Each holds every column that its sum reads: SQLite goes to the table for what a partial index
-- says only in its condition.
create index finding_open on finding (org_id, state, kind, severity, side, currency, impact_minor) where state = 'open';
create index invoice_unsettled on invoice (org_id, status, currency, due_on, due_minor, total_minor, removed_at) where removed_at is null and status in ('DRAFT', 'SUBMITTED', 'AUTHORISED');
create index credit_note_unallocated on credit_note (org_id, currency, remaining_minor) where removed_at is null and status = 'AUTHORISED' and remaining_minor > 0;
create index generated_invoice_sum on generated_invoice (org_id, status, currency, total_minor);
create index subscription_commitment on subscription (org_id, commitment_ends_on, removed_at);
create index client_link_state on client_link (org_id, state);
create index credit_note_contact on credit_note (org_id, connection_id, contact_external_id);
