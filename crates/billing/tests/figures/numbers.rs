//! Section 1, numbers.

use billing::money::{
    Discount, DiscountError, DocumentError, LedgerForm, TaxedAmount, allocate, discounted,
    document_totals, line_total,
};
use billing::policy::{Ledger, Rounding, TaxRounding};
use billing::{Currency, Fraction, Micro, Money, Policy};

use crate::{gbp, micro};

fn fraction(num: i128, den: i128) -> Fraction {
    Fraction::new(num, den).unwrap()
}

fn total(quantity: &str, price: &str, share: Fraction) -> Money {
    line_total(
        micro(quantity),
        micro(price),
        share,
        Currency::GBP,
        Rounding::HalfUp,
    )
    .unwrap()
}

#[test]
fn currencies_have_their_own_minor_unit() {
    let digits = |c: Currency| c.minor_digits();
    assert_eq!(
        (
            digits(Currency::JPY),
            digits(Currency::GBP),
            digits(Currency::KWD)
        ),
        (0, 2, 3)
    );
    assert_eq!(Money::new(1234, Currency::JPY).to_string(), "1234 JPY");
    assert_eq!(Money::new(-5, Currency::GBP).to_string(), "-0.05 GBP");
    assert_eq!(Money::new(1, Currency::KWD).to_string(), "0.001 KWD");
}

#[test]
fn a_thirtieth_of_23_85_is_0_80() {
    assert_eq!(total("1", "23.85", fraction(1, 30)), gbp("0.80"));
}

#[test]
fn two_seats_for_17_of_31_days_are_24_13_not_twice_12_06() {
    assert_eq!(total("2", "22.00", fraction(17, 31)), gbp("24.13"));
    assert_eq!(total("1", "22.00", fraction(17, 31)), gbp("12.06"));
}

#[test]
fn tax_per_line_is_11_44_and_per_document_11_45_or_11_44() {
    let lines: Vec<_> = ["25.06", "25.61", "25.63"]
        .map(|net| (TaxedAmount::Exclusive { net: gbp(net) }, micro("0.15")))
        .into();
    let tax = |tax_rounding, rounding| {
        let policy = Policy {
            tax_rounding,
            rounding,
            ..Policy::default()
        };
        document_totals(Currency::GBP, &lines, &policy).unwrap().tax
    };
    assert_eq!(tax(TaxRounding::Line, Rounding::HalfUp), gbp("11.44"));
    assert_eq!(tax(TaxRounding::Document, Rounding::HalfUp), gbp("11.45"));
    assert_eq!(tax(TaxRounding::Document, Rounding::HalfDown), gbp("11.44"));
    let each: Vec<_> = lines
        .iter()
        .map(|(a, r)| a.taxed(*r, Rounding::HalfUp).unwrap().tax)
        .collect();
    assert_eq!(each, [gbp("3.76"), gbp("3.84"), gbp("3.84")]);
}

#[test]
fn a_gross_amount_is_always_hit_exactly() {
    let line = TaxedAmount::Inclusive {
        gross: gbp("99.99"),
    }
    .taxed(micro("0.2"), Rounding::HalfUp);
    let line = line.unwrap();
    assert_eq!(
        (line.net, line.tax, line.gross),
        (gbp("83.32"), gbp("16.67"), gbp("99.99"))
    );
}

#[test]
fn inclusive_and_exclusive_lines_never_share_an_invoice() {
    let lines = [
        (TaxedAmount::Inclusive { gross: gbp("1") }, micro("0.2")),
        (TaxedAmount::Exclusive { net: gbp("1") }, micro("0.2")),
    ];
    let refused = document_totals(Currency::GBP, &lines, &Policy::default());
    assert_eq!(refused, Err(DocumentError::MixedAmounts));
}

#[test]
fn a_discount_is_never_more_than_its_line() {
    let off = |discount| discounted(gbp("100.00"), discount, Rounding::HalfUp);
    assert_eq!(
        off(Discount::Percent {
            percent: micro("12.5")
        }),
        Ok(gbp("87.50"))
    );
    assert_eq!(
        off(Discount::Amount {
            amount: gbp("100.00")
        }),
        Ok(gbp("0.00"))
    );
    let more = Discount::Amount {
        amount: gbp("100.01"),
    };
    assert_eq!(off(more), Err(DiscountError::MoreThanTheLine));
    let too_fine = Discount::Percent {
        percent: micro("1.005"),
    };
    assert_eq!(off(too_fine), Err(DiscountError::BadPercent));
}

#[test]
fn xero_is_half_up_per_line_and_nothing_else_is_offered() {
    let offered = Policy::offered_roundings(Some(Ledger::Xero));
    assert_eq!(offered, [(Rounding::HalfUp, TaxRounding::Line)]);
    assert_eq!(Policy::offered_roundings(None).len(), 6);
}

#[test]
fn five_at_22_for_28_of_31_days_goes_out_as_one_of_99_35() {
    let share = fraction(28, 31);
    let net = total("5", "22.00", share);
    assert_eq!(net, gbp("99.35"));
    assert_eq!(total("5", "19.8710", Fraction::ONE), gbp("99.36"));
    let form = LedgerForm::of(net, micro("5"), micro("22.00"), share).unwrap();
    let one = LedgerForm::OneOfTotal {
        unit_amount: micro("99.35"),
        true_quantity: micro("5"),
    };
    assert_eq!(form, one);
    let whole = LedgerForm::of(gbp("110.00"), micro("5"), micro("22.00"), Fraction::ONE).unwrap();
    let product = LedgerForm::QuantityTimesPrice {
        quantity: micro("5"),
        unit_amount: micro("22.00"),
    };
    assert_eq!(whole, product);
}

#[test]
fn nothing_is_lost_by_splitting() {
    let parts = allocate(gbp("100.00"), &[1, 1, 1]).unwrap();
    assert_eq!(parts, [gbp("33.34"), gbp("33.33"), gbp("33.33")]);
    let parts = allocate(gbp("-0.05"), &[2, 0, 1]).unwrap();
    assert_eq!(parts, [gbp("-0.03"), gbp("0.00"), gbp("-0.02")]);
}

#[test]
fn an_amount_never_changes_currency_silently() {
    assert!(gbp("1").checked_add(Money::new(1, Currency::EUR)).is_err());
    assert_eq!(Micro::ZERO.fraction(), Fraction::ZERO);
}
