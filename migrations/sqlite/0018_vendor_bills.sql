-- Bills of distributors, looked at.

-- What was carried over from earlier bills. It settles; it is never cost.
alter table vendor_bill add column carried_minor integer not null default 0;
create index vendor_bill_by_date on vendor_bill (org_id, billed_on, id);
