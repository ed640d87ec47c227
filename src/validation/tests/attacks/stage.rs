//! A copy as this office issues them, small, and the people who sign it.

use std::sync::LazyLock;

use chrono::{DateTime, Utc};

use super::cms::{WantedCms, stamped};
use super::raw::{Hand, stream};
use crate::agreement::{Level, Sha256};
use crate::pdf::tests::samples;
use crate::pdf::{self, AppearanceLine, Evidence, LineWeight, SignatureEntries};
use crate::signature::tests::pki::{
    Holder, Pair, Pki, Wanted, WantedToken, crl, days, granted, now,
};
use crate::signature::{
    Head, Key as _, TimeStampRequest, finish, finish_archive, prepare, prepare_archive,
    read_time_stamp,
};

/// People, certificates, and the copy in its states.
pub(crate) struct Stage {
    pub(crate) pki: Pki,
    /// Who signs in which of [`SEATS`].
    pub(crate) signers: Vec<Holder>,
    pub(crate) seal: Holder,
    /// As issued.
    pub(crate) base: Vec<u8>,
    /// With one signature, B-B.
    pub(crate) one: Vec<u8>,
    /// With two.
    pub(crate) two: Vec<u8>,
    /// With one signature, B-T.
    pub(crate) stamped: Vec<u8>,
    /// The same with evidence.
    pub(crate) kept: Vec<u8>,
    /// The same with a document time-stamp: B-LTA.
    pub(crate) archived: Vec<u8>,
}

impl Stage {
    fn new() -> Self {
        let pki = Pki::new();
        let person = |(number, name): (u8, &&str)| {
            let wanted = Wanted::person(name).numbered(number);
            wanted.by(&pki.issuing, Pair::p256())
        };
        let signers: Vec<_> = (10..)
            .zip(NAMES)
            .map(|(n, name)| person((n, &name)))
            .collect();
        let seal = person((9, &"Prov kommun"));
        let mut stage = Self {
            pki,
            signers,
            seal,
            base: base(AGREED, DATA),
            one: Vec::new(),
            two: Vec::new(),
            stamped: Vec::new(),
            kept: Vec::new(),
            archived: Vec::new(),
        };
        stage.one = stage.sign(&stage.base, 0, Level::B);
        stage.two = stage.sign(&stage.one, 1, Level::B);
        stage.stamped = stage.sign(&stage.base, 0, Level::T);
        stage.kept = stage.keep(&stage.stamped);
        stage.archived = stage.archive(&stage.kept, ARCHIVED);
        stage
    }

    /// Signs in the seat of this place with our own signer.
    pub(crate) fn sign(&self, file: &[u8], seat: usize, level: Level) -> Vec<u8> {
        self.sign_as(file, SEATS[seat], &self.signers[seat], level, false)
    }

    /// Signs in a field with our own signer.
    pub(crate) fn sign_as(
        &self,
        file: &[u8],
        field: &str,
        holder: &Holder,
        level: Level,
        certifies: bool,
    ) -> Vec<u8> {
        let mut key = self.pki.key(holder, false);
        let name = holder.certificate.subject_name();
        let appearance = [AppearanceLine {
            text: &name,
            weight: LineWeight::Leading,
        }];
        let entries = SignatureEntries {
            field,
            signed_at: now(),
            name: Some(&name),
            reason: None,
            location: None,
            appearance: &appearance,
            certifies,
            reserve_bytes: 0,
        };
        let head = Head::new(file);
        let prepared = prepare(&head, &entries, key.chain(), key.algorithm(), level).unwrap();
        let value = key.sign(prepared.message()).unwrap();
        let token = (level != Level::B).then(|| {
            let digest = *Sha256::of(&value).as_bytes();
            self.read(digest, SIGNED)
        });
        let signed = finish(&head, prepared, &value, token.as_ref()).unwrap();
        [file, &signed.tail].concat()
    }

    /// Adds what later judges need.
    pub(crate) fn keep(&self, file: &[u8]) -> Vec<u8> {
        let update = pdf::evidence_update(file, &self.evidence()).unwrap();
        [file, &update.unwrap()].concat()
    }

    /// Adds a document time-stamp of this time.
    pub(crate) fn archive(&self, file: &[u8], at: &str) -> Vec<u8> {
        let head = Head::new(file);
        let prepared = prepare_archive(&head).unwrap();
        let token = self.read(*prepared.digest().as_bytes(), at);
        let tail = finish_archive(&head, prepared, &token).unwrap().tail;
        [file, &tail].concat()
    }

    /// Every certificate, and a list of each authority that names nobody.
    pub(crate) fn evidence(&self) -> Evidence {
        let pki = &self.pki;
        let holders = [&pki.root, &pki.issuing, &pki.authority];
        let holders = holders.into_iter().chain(&self.signers[..3]);
        Evidence {
            certificates: holders.map(|one| one.certificate.der().to_vec()).collect(),
            crls: self.lists(),
            ..Evidence::default()
        }
    }

    /// A list of each authority, of an hour after the signatures.
    pub(crate) fn lists(&self) -> Vec<Vec<u8>> {
        let at = now() + chrono::Duration::hours(1);
        let lists = [&self.pki.root, &self.pki.issuing];
        lists.map(|issuer| crl(issuer, &[], at, &[])).into()
    }

    /// A signature by hand: ours in every way, until it is changed.
    pub(crate) fn hand<'a>(&'a self, holder: &'a Holder) -> Hand<'a> {
        self.hand_with(holder, |_| {})
    }

    /// A signature by hand whose CMS says something else.
    pub(crate) fn hand_with<'a>(
        &'a self,
        holder: &'a Holder,
        change: impl Fn(&mut WantedCms) + 'a,
    ) -> Hand<'a> {
        Hand::new(move |covered| {
            let mut wanted = WantedCms::new(covered, &[holder, &self.pki.issuing]);
            change(&mut wanted);
            wanted.by(holder, |_| Vec::new())
        })
    }

    /// A signature by hand with a time-stamp, which may be changed.
    pub(crate) fn hand_stamped<'a>(
        &'a self,
        holder: &'a Holder,
        change: impl Fn(&mut WantedToken) + 'a,
    ) -> Hand<'a> {
        Hand::new(move |covered| {
            let wanted = WantedCms::new(covered, &[holder, &self.pki.issuing]);
            wanted.by(holder, |value| {
                let mut wanted = self.token(Sha256::of(value).as_bytes(), SIGNED);
                change(&mut wanted);
                stamped(&wanted.by(&self.pki.authority))
            })
        })
    }

    /// What a token over this digest says.
    pub(crate) fn token(&self, digest: &[u8], at: &str) -> WantedToken {
        let mut wanted = WantedToken::new(digest, &[5], &self.pki);
        wanted.gen_time = at.to_owned();
        wanted
    }

    fn read(&self, digest: [u8; 32], at: &str) -> crate::signature::Token {
        let response = granted(&self.token(&digest, at).by(&self.pki.authority));
        let request = TimeStampRequest::new(digest, 5);
        read_time_stamp(&response, &request, &self.pki.anchors()).unwrap()
    }
}

/// The stage of all tests of a process.
pub(crate) fn stage() -> &'static Stage {
    static STAGE: LazyLock<Stage> = LazyLock::new(Stage::new);
    &STAGE
}

/// When the files are judged: a day after they were signed.
pub(crate) fn judged_at() -> DateTime<Utc> {
    now() + days(1)
}

/// The base revision with these words and these attached data.
pub(crate) fn base(words: &str, data: &str) -> Vec<u8> {
    base_with(words, data, &fields())
}

/// The same with other fields.
pub(crate) fn base_with(words: &str, data: &str, fields: &[pdf::Field]) -> Vec<u8> {
    let objects = objects(words, data, fields);
    let typeset = samples::file_with(&objects, TRAILER);
    pdf::base_revision(&typeset, fields, &samples::font()).unwrap()
}

/// The fields of seats and seal.
pub(crate) fn fields() -> Vec<pdf::Field> {
    let names = SEATS.into_iter().chain([SEAL]);
    names.map(|name| samples::field(name, "Prov")).collect()
}

/// The number of a seat's widget, or of the seal's after those.
pub(crate) fn widget(place: u32) -> u32 {
    FIRST_LINK + 2 * place
}

/// The document as it is typeset.
fn objects(words: &str, data: &str, fields: &[pdf::Field]) -> Vec<String> {
    let count = u32::try_from(fields.len()).unwrap();
    let places = || 0..count;
    let listed = |start: u32| -> String {
        let numbers = places().map(|place| format!("{} 0 R ", start + 2 * place));
        numbers.collect()
    };
    let tree: String = places()
        .map(|place| format!("{} {} 0 R ", place + 1, FIRST_LINK + 1 + 2 * place))
        .collect();
    let content = format!("BT /F1 12 Tf 40 780 Td ({words}) Tj ET");
    let metadata = "<?xpacket begin=\"\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?><x:xmpmeta \
        xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\
        <rdf:Description rdf:about=\"\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\"><dc:format>\
        application/pdf</dc:format></rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end=\"r\"?>";
    let mut objects = vec![
        // 1–3: catalog and pages
        "<</Type/Catalog/Pages 2 0 R/Lang(sv-SE)/StructTreeRoot 5 0 R/MarkInfo<</Marked true>>\
         /Metadata 11 0 R/Names<</EmbeddedFiles<</Names[(avtalsdata.json)9 0 R]>>>>/AF[9 0 R]>>"
            .to_owned(),
        "<</Type/Pages/Count 1/Kids[3 0 R]/MediaBox[0 0 595 842]>>".to_owned(),
        format!(
            "<</Type/Page/Parent 2 0 R/StructParents 0/Resources<</Font<</F1 13 0 R>>>>\
             /Contents 4 0 R/Annots[{}]>>",
            listed(FIRST_LINK)
        ),
        stream("", &content),
        // 5–8: structure tree
        format!("<</Type/StructTreeRoot/K[6 0 R]/ParentTree<</Nums[0 8 0 R {tree}]>>>>"),
        "<</Type/StructElem/S/Document/P 5 0 R/K[7 0 R]/Pg 3 0 R>>".to_owned(),
        format!(
            "<</Type/StructElem/S/P/P 6 0 R/K[0 {}]/Pg 3 0 R>>",
            listed(FIRST_LINK + 1)
        ),
        "[7 0 R]".to_owned(),
        // 9–10: attachment
        "<</Type/Filespec/F(avtalsdata.json)/UF(avtalsdata.json)/EF<</F 10 0 R/UF 10 0 R>>\
         /AFRelationship/Data>>"
            .to_owned(),
        stream("/Type/EmbeddedFile", data),
        // 11–13: metadata and font
        stream("/Type/Metadata/Subtype/XML", metadata),
        "<</Title(Avtal)/Producer(Prov)>>".to_owned(),
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>".to_owned(),
    ];
    for (place, field) in places().zip(fields) {
        let name = &field.name;
        let bottom = 700 - 60 * (place % 12);
        let left = 40 + 120 * (place / 12);
        objects.push(format!(
            "<</Type/Annot/Subtype/Link/Rect[{left} {bottom} {} {}]/Border[0 0 0]\
             /A<</Type/Action/S/URI/URI(https://sig.invalid/{name})>>/F 4/StructParent {}>>",
            left + 110,
            bottom + 50,
            place + 1
        ));
        objects.push(format!(
            "<</Type/StructElem/S/Link/P 7 0 R/K[<</Type/OBJR/Pg 3 0 R/Obj {} 0 R>>]/Pg 3 0 R>>",
            FIRST_LINK + 2 * place
        ));
    }
    objects
}

/// The seats, in print order.
pub(crate) const SEATS: [&str; 5] = [
    "1443-chair",
    "1443-director",
    "14-chair",
    "14-director",
    "1440-chair",
];
/// The seal's field.
pub(crate) const SEAL: &str = "seal";
const NAMES: [&str; 5] = [
    "Åsa Ärlig-Öberg",
    "Bo Bengtsson",
    "Cia Carlsson",
    "Dan Dahl",
    "Eva Ek",
];

/// Numbers of objects.
pub(crate) const CATALOG: u32 = 1;
pub(crate) const PAGE: u32 = 3;
pub(crate) const CONTENT: u32 = 4;
pub(crate) const ATTACHED: u32 = 10;
pub(crate) const METADATA: u32 = 11;
pub(crate) const INFO: u32 = 12;
const FIRST_LINK: u32 = 14;

/// What the copy says, and what an attacker wants it to say.
pub(crate) const AGREED: &str = "Bidraget uppgar till 100000 kr";
pub(crate) const EVIL: &str = "Bidraget uppgar till 900000 kr";
/// What is attached.
pub(crate) const DATA: &str = "{\"copy\":\"familjecentral-1.0-b-1443\"}";

/// When signatures are stamped, and when the document is.
pub(crate) const SIGNED: &str = "20261122140501Z";
pub(crate) const ARCHIVED: &str = "20261122160500Z";

const TRAILER: &str = "/Root 1 0 R/Info 12 0 R/ID[(first-id)(second-id)]";
