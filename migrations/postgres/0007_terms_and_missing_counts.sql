-- When clients have to pay, and which drafted amounts still wait for a count.

-- Payment terms that the ledger keeps for a contact: so many days, counted from
-- invoice_date | end_of_month | day_of_month | day_of_next_month.
alter table vendor_company add column terms_days bigint;
alter table vendor_company add column terms_from text;

-- Nothing was counted by this day: the line's amount is not known, and its draft is stopped.
alter table generated_line add column count_missing_on text;
