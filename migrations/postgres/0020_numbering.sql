-- How the numbers of invoices, credit notes and payments look.

-- Digits, filled up with zeros.
alter table number_series add column width bigint not null default 5;
alter table number_series add column version bigint not null default 1;
