//! Corrections: which entries the fold takes otherwise than they were entered.

use std::collections::BTreeMap;

use super::{Corrected, Entered, Entry, Event};

/// What later entries say of earlier ones.
#[derive(Debug, Default)]
pub(super) struct Corrections<'a> {
    // For each corrected entry the correction that rules.
    ruling: BTreeMap<u64, Ruling<'a>>,
}

#[derive(Debug)]
struct Ruling<'a> {
    by: &'a Entry,
    corrected: &'a Corrected,
}

impl<'a> Corrections<'a> {
    /// Finds the correction that rules for each corrected entry: of several the last, and none that was
    /// itself struck.
    pub(super) fn among(entries: &[&'a Entry]) -> Self {
        let mut corrections: Vec<(&'a Entry, &'a Corrected)> = Vec::new();
        for entry in entries {
            if let Event::Corrected(corrected) = &entry.event {
                corrections.push((entry, corrected));
            }
        }
        let mut found = Self::default();
        if corrections.is_empty() {
            return found;
        }
        let known: BTreeMap<u64, &Entry> =
            entries.iter().map(|entry| (entry.seq, *entry)).collect();
        // From the last one on, so that what became of a correction is known before it is applied.
        corrections.sort_by_key(|(entry, _)| std::cmp::Reverse(entry.seq));
        for (by, entered) in corrections {
            let corrected = match found.ruling.get(&by.seq) {
                None => entered,
                Some(ruling) => match ruling.corrected.instead.as_deref() {
                    Some(Event::Corrected(instead)) => instead,
                    _ => continue,
                },
            };
            let target = known.get(&corrected.entry);
            if target
                .is_some_and(|target| target.seq < by.seq && corrected.can_correct(&target.event))
            {
                let ruling = found.ruling.entry(corrected.entry);
                ruling.or_insert(Ruling { by, corrected });
            }
        }
        found
    }

    /// Returns what is taken to have been entered; `None` for an entry that was struck.
    pub(super) fn event(&self, entry: &'a Entry) -> Option<&'a Event> {
        match self.ruling.get(&entry.seq) {
            None => Some(&entry.event),
            Some(ruling) => ruling.corrected.instead.as_deref(),
        }
    }

    /// Returns the corrections that rule, each by the place of the entry that it corrects.
    pub(super) fn ruling(&self) -> BTreeMap<u64, Entered<Corrected>> {
        let ruling = self.ruling.iter();
        ruling
            .map(|(seq, ruling)| (*seq, Entered::new(ruling.by, ruling.corrected)))
            .collect()
    }
}

impl Corrected {
    /// Tells whether it can correct an entry: one of a kind that is correctable, by another of that kind or
    /// by nothing.
    #[must_use]
    pub fn can_correct(&self, event: &Event) -> bool {
        let is_same_kind =
            |instead: &Event| std::mem::discriminant(instead) == std::mem::discriminant(event);
        event.is_correctable() && self.instead.as_deref().is_none_or(is_same_kind)
    }
}

impl Event {
    /// Tells whether a later entry may correct one of this kind.
    ///
    /// What the program itself did to copies is not corrected but undone: a copy is voided, a confirmation
    /// withdrawn.
    #[must_use]
    pub fn is_correctable(&self) -> bool {
        match self {
            Self::Answered(_)
            | Self::Authorised(_)
            | Self::Considered(_)
            | Self::Corrected(_)
            | Self::Decided(_)
            | Self::Declined(_)
            | Self::Inked(_)
            | Self::Notified(_)
            | Self::PartyChanged(_)
            | Self::Recommended(_)
            | Self::Relieved(_)
            | Self::Retracted(_)
            | Self::Settled(_) => true,
            Self::Confirmed(_)
            | Self::ConsultationClosed(_)
            | Self::ConsultationOpened(_)
            | Self::Erased(_)
            | Self::Extended(_)
            | Self::Issued(_)
            | Self::Lettered(_)
            | Self::Opened(_)
            | Self::Published(_)
            | Self::Received(_)
            | Self::Reissued(_)
            | Self::Restored(_)
            | Self::Sealed(_)
            | Self::Sent(_)
            | Self::Signed(_)
            | Self::Voided(_)
            | Self::Withdrawn(_) => false,
        }
    }
}
