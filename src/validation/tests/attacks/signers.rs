//! Evil done by a signer, in the very update that holds the signature, or between two signers.

use super::forms::signature;
use super::raw::{Raw, stream};
use super::saving::{evil, form};
use super::stage::{ATTACHED, CATALOG, EVIL, INFO, METADATA, PAGE, Stage, widget};
use super::{Attack, Case};
use crate::agreement::Level;
use crate::pdf::tests::samples;

pub(super) const CASES: &[Case] = &[
    ("evil_in_first_signers_update", |s| {
        let mut raw = Raw::on(&s.base);
        evil(&mut raw);
        raw.sign(widget(0), &s.hand(&s.signers[0])).into()
    }),
    ("evil_in_second_signers_update", |s| second(s, evil)),
    ("evil_in_fifth_signers_update", |s| {
        let mut file = s.base.clone();
        for seat in 0..4 {
            file = s.sign(&file, seat, Level::B);
        }
        let mut raw = Raw::on(&file);
        evil(&mut raw);
        raw.sign(widget(4), &s.hand(&s.signers[4])).into()
    }),
    ("evil_in_seals_update", |s| {
        let mut raw = Raw::on(&s.one);
        evil(&mut raw);
        raw.sign(widget(5), &s.hand(&s.seal)).into()
    }),
    ("evil_then_next_signer", |s| {
        let mut raw = Raw::on(&s.one);
        evil(&mut raw);
        s.sign(&raw.finish(), 1, Level::B).into()
    }),
    ("evil_then_three_signers", |s| {
        let mut raw = Raw::on(&s.one);
        evil(&mut raw);
        let mut file = raw.finish();
        for seat in 1..4 {
            file = s.sign(&file, seat, Level::B);
        }
        file.into()
    }),
    ("evil_then_undone_then_signed", |s| {
        let mut raw = Raw::on(&s.one);
        evil(&mut raw);
        let file = raw.finish();
        let mut raw = Raw::on(&file);
        raw.put(4, samples::body(&s.one, 4));
        s.sign(&raw.finish(), 1, Level::B).into()
    }),
    ("evil_before_first_signer", |s| {
        let mut raw = Raw::on(&s.base);
        evil(&mut raw);
        s.sign(&raw.finish(), 0, Level::B).into()
    }),
    ("second_signer_swaps_metadata", |s| {
        second(s, |raw| {
            raw.put(METADATA, stream("/Type/Metadata/Subtype/XML", "<x/>"));
        })
    }),
    ("second_signer_swaps_info", |s| {
        second(s, |raw| raw.put(INFO, "<</Title(Annat)>>"))
    }),
    ("second_signer_swaps_attachment", |s| {
        second(s, |raw| {
            raw.put(ATTACHED, stream("/Type/EmbeddedFile", "{}"));
        })
    }),
    ("second_signer_adds_annotation", |s| {
        second(s, |raw| {
            let note = raw.add(format!(
                "<</Type/Annot/Subtype/FreeText/Rect[40 770 440 810]/Contents({EVIL})>>"
            ));
            raw.replace(PAGE, "/Annots[", &format!("/Annots[{note} 0 R "));
        })
    }),
    ("second_signer_hides_another_seat", |s| {
        second(s, |raw| raw.replace(widget(2), "/F 4", "/F 2"))
    }),
    ("second_signer_moves_first_signature", |s| {
        second(s, |raw| raw.replace(widget(0), "/Rect[40", "/Rect[41"))
    }),
    ("second_signer_renames_another_seat", |s| {
        second(s, |raw| {
            raw.replace(widget(2), "14-chair", "14-chaix");
        })
    }),
    ("second_signer_drops_first_from_the_form", |s| {
        second(s, |raw| {
            raw.replace(form(&s.one), &format!("{} 0 R", widget(0)), "");
        })
    }),
    ("second_signer_empties_first_field", |s| {
        second(s, |raw| {
            raw.replace(widget(0), &format!("/V {} 0 R", signature(&s.one)), "");
        })
    }),
    ("second_signer_swaps_first_appearance", |s| {
        second(s, |raw| {
            let shown = raw.add(stream("/Type/XObject/Subtype/Form/BBox[0 0 110 50]", ""));
            let body = samples::body(&s.one, widget(0));
            let (before, after) = body.split_once("/AP<<").unwrap();
            let (_, after) = after.split_once(">>").unwrap();
            raw.put(widget(0), format!("{before}/AP<</N {shown} 0 R>>{after}"));
        })
    }),
    ("second_signer_adds_unused_object", |s| {
        second(s, |raw| {
            raw.add("(x)");
        })
    }),
    ("second_signer_adds_action", |s| {
        second(s, |raw| {
            raw.extend(CATALOG, "/AA<</WP<</S/JavaScript/JS(x)>>>>");
        })
    }),
    ("second_signer_adds_script_to_the_field", |s| {
        second(s, |raw| {
            raw.extend(widget(1), "/AA<</E<</S/JavaScript/JS(x)>>>>");
        })
    }),
    ("second_signer_moves_own_field", |s| {
        second(s, |raw| {
            raw.replace(widget(1), "/Rect[40", "/Rect[10");
        })
    }),
    ("second_signer_uses_another_field", |s| {
        // Not a seat that was placed, but one of the signer's own.
        let mut raw = Raw::on(&s.one);
        let field =
            raw.add("<</FT/Sig/T(extra)/Type/Annot/Subtype/Widget/Rect[10 10 20 20]/F 4/P 3 0 R>>");
        raw.replace(PAGE, "/Annots[", &format!("/Annots[{field} 0 R "));
        raw.replace(form(&s.one), "/Fields[", &format!("/Fields[{field} 0 R "));
        raw.sign(field, &s.hand(&s.signers[1])).into()
    }),
    ("second_signer_fills_two_seats", |s| {
        let mut raw = Raw::on(&s.one);
        let number = raw.number();
        raw.extend(widget(1), &format!("/V {number} 0 R"));
        raw.extend(widget(2), &format!("/V {number} 0 R"));
        raw.sign_alone(number, &s.hand(&s.signers[1])).into()
    }),
    ("second_signer_shows_page_content", |s| {
        second(s, |raw| {
            let shown = raw.add(stream(
                "/Type/XObject/Subtype/Form/BBox[0 0 110 50]/Resources<</XObject<</X 4 0 R>>>>",
                "/X Do",
            ));
            raw.replace(widget(1), "/F 4", &format!("/F 4/AP<</N {shown} 0 R>>"));
        })
    }),
    // Afterwards.
    ("first_dropped_from_the_form_later", |s| {
        later(s, |raw| {
            raw.replace(form(&s.two), &format!("{} 0 R", widget(0)), "");
        })
    }),
    ("all_dropped_from_the_form_later", |s| {
        later(s, |raw| raw.put(form(&s.two), "<</Fields[]>>"))
    }),
    ("form_removed_later", |s| {
        later(s, |raw| {
            raw.replace(CATALOG, &format!("/AcroForm {} 0 R", form(&s.two)), "");
        })
    }),
    ("field_emptied_later", |s| {
        later(s, |raw| {
            raw.replace(widget(1), &format!("/V {} 0 R", signature(&s.two)), "");
        })
    }),
    ("field_type_changed_later", |s| {
        later(s, |raw| raw.replace(widget(1), "/FT/Sig", "/FT/Tx"))
    }),
    ("value_of_another_field_later", |s| {
        later(s, |raw| {
            raw.replace(
                widget(1),
                &format!("/V {} 0 R", signature(&s.two)),
                &format!("/V {} 0 R", signature(&s.one)),
            );
        })
    }),
    ("signature_moved_later", |s| {
        later(s, |raw| raw.replace(widget(1), "/Rect[40", "/Rect[41"))
    }),
    ("signature_hidden_later", |s| {
        later(s, |raw| raw.replace(widget(1), "/F 4", "/F 2"))
    }),
    ("appearance_swapped_later", |s| {
        later(s, |raw| {
            let shown = raw.add(stream(
                "/Type/XObject/Subtype/Form/BBox[0 0 110 50]",
                "(Annan) Tj",
            ));
            let body = samples::body(&s.two, widget(1));
            let (before, after) = body.split_once("/AP<<").unwrap();
            let (_, after) = after.split_once(">>").unwrap();
            raw.put(widget(1), format!("{before}/AP<</N {shown} 0 R>>{after}"));
        })
    }),
    ("appearance_stream_swapped_later", |s| {
        later(s, |raw| {
            let body = samples::body(&s.two, widget(1));
            let (_, number) = body.split_once("/N ").unwrap();
            let number = number.split_once(' ').unwrap().0.parse().unwrap();
            raw.put(
                number,
                stream("/Type/XObject/Subtype/Form/BBox[0 0 110 50]", "(Annan) Tj"),
            );
        })
    }),
    ("signers_name_swapped_later", |s| {
        later(s, |raw| {
            let number = signature(&s.two);
            let body = samples::body(&s.two, number);
            let (before, after) = body.split_once("/Name").unwrap();
            let (_, after) = after.split_once("/ByteRange").unwrap();
            raw.put(number, format!("{before}/Name(Annan)/ByteRange{after}"));
        })
    }),
    ("signers_reason_added_later", |s| {
        later(s, |raw| {
            raw.extend(signature(&s.two), "/Reason(Endast mottaget)");
        })
    }),
];

/// Changes something in the second signer's own update.
fn second(stage: &Stage, change: impl FnOnce(&mut Raw)) -> Attack {
    let mut raw = Raw::on(&stage.one);
    change(&mut raw);
    raw.sign(widget(1), &stage.hand(&stage.signers[1])).into()
}

/// Changes something in an update after the second signer's.
fn later(stage: &Stage, change: impl FnOnce(&mut Raw)) -> Attack {
    let mut raw = Raw::on(&stage.two);
    change(&mut raw);
    raw.finish().into()
}
