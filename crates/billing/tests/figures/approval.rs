//! Who has to agree: limits by amount and by change, a second person, own edits, standing in.

use billing::draft::{
    Above, Decision, NeverSatisfied, NoVoice, Rules, Voice, above, check, decide, may_speak,
};
use billing::{Currency, Id, Money};

use super::{gbp, micro};

const ANN: Id = Id(1);
const BEN: Id = Id(2);
const CLEO: Id = Id(3);

fn rules() -> Rules {
    Rules {
        limits: vec![gbp("1000")],
        change: Some(micro("0.2")),
        approvers: Vec::new(),
    }
}

fn voice(person: Id) -> Voice {
    Voice {
        person,
        in_place_of: None,
        has_edited: false,
        is_override: false,
    }
}

#[test]
fn exactly_the_limit_is_not_above_it() {
    let last = Some(gbp("1000"));
    assert_eq!(above(&rules(), gbp("1000"), gbp("1000"), last), []);
    let total = gbp("1000.01");
    let limit = gbp("1000");
    assert_eq!(
        above(&rules(), total, gbp("1000"), last),
        [Above::Limit { total, limit }]
    );
    // A credit of more is as large.
    let total = gbp("-1000.01");
    assert_eq!(
        above(&rules(), total, gbp("1000"), last),
        [Above::Limit { total, limit }]
    );
}

#[test]
fn exactly_the_share_is_not_above_it() {
    let last = Some(gbp("500"));
    assert_eq!(above(&rules(), gbp("600"), gbp("600"), last), []);
    assert_eq!(above(&rules(), gbp("400"), gbp("400"), last), []);
    let (now, last) = (gbp("600.01"), gbp("500"));
    assert_eq!(
        above(&rules(), gbp("720"), now, Some(last)),
        [Above::Change { now, last }]
    );
    assert_eq!(
        above(&rules(), gbp("12"), gbp("10"), None),
        [Above::FirstInvoice]
    );
}

#[test]
fn a_currency_without_a_limit_needs_two() {
    let total = Money::new(100, Currency::EUR);
    assert_eq!(
        above(&rules(), total, total, Some(total)),
        [Above::NoLimitInCurrency { total }]
    );
    assert_eq!(above(&Rules::default(), total, total, None), []);
}

#[test]
fn below_the_limits_one_is_enough_and_may_be_who_edited() {
    let edited = Voice {
        has_edited: true,
        ..voice(ANN)
    };
    assert_eq!(may_speak(&[], &[], edited), Ok(()));
    assert_eq!(decide(&rules(), &[], &[edited]), Decision::Approved);
}

#[test]
fn above_them_it_takes_two_who_changed_nothing() {
    let over = [Above::FirstInvoice];
    let (ann, ben) = (voice(ANN), voice(BEN));
    assert_eq!(decide(&rules(), &over, &[]), Decision::NeedsAnother);
    assert_eq!(decide(&rules(), &over, &[ann]), Decision::NeedsAnother);
    assert_eq!(decide(&rules(), &over, &[ann, ann]), Decision::NeedsAnother);
    assert_eq!(may_speak(&over, &[ann], ann), Err(NoVoice::Twice));
    assert_eq!(decide(&rules(), &over, &[ann, ben]), Decision::Approved);
    let edited = Voice {
        has_edited: true,
        ..ben
    };
    assert_eq!(may_speak(&over, &[ann], edited), Err(NoVoice::OwnEdits));
    assert_eq!(
        decide(&rules(), &over, &[ann, edited]),
        Decision::NeedsAnother
    );
}

#[test]
fn one_of_the_two_is_a_named_approver_or_stands_in_for_one() {
    let named = Rules {
        approvers: vec![CLEO],
        ..rules()
    };
    let over = [Above::FirstInvoice];
    let (ann, ben) = (voice(ANN), voice(BEN));
    assert_eq!(
        decide(&named, &over, &[ann, ben]),
        Decision::NeedsAnApprover
    );
    assert_eq!(
        decide(&named, &over, &[ann, voice(CLEO)]),
        Decision::Approved
    );
    let in_place_of = Some(CLEO);
    let standing_in = Voice { in_place_of, ..ben };
    assert_eq!(
        decide(&named, &over, &[ann, standing_in]),
        Decision::Approved
    );
}

#[test]
fn the_owner_overrides_alone() {
    let alone = Voice {
        is_override: true,
        has_edited: true,
        ..voice(ANN)
    };
    let over = [Above::FirstInvoice];
    assert_eq!(may_speak(&over, &[voice(ANN)], alone), Ok(()));
    assert_eq!(decide(&rules(), &over, &[alone]), Decision::Approved);
}

#[test]
fn a_rule_that_nobody_can_satisfy_is_refused() {
    assert_eq!(check(&Rules::default(), &[ANN]), Ok(()));
    assert_eq!(check(&rules(), &[ANN]), Err(NeverSatisfied::OnlyOnePerson));
    assert_eq!(check(&rules(), &[ANN, BEN]), Ok(()));
    let named = Rules {
        approvers: vec![CLEO],
        ..rules()
    };
    assert_eq!(check(&named, &[ANN, BEN]), Err(NeverSatisfied::NoApprover));
    assert_eq!(check(&named, &[ANN, CLEO]), Ok(()));
}
