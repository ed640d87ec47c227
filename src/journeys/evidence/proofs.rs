//! The signatures taken out of their files, with the commands that check them without this program.

use super::Error;
use super::package::{FileLine, Package, What};
use crate::agreement::CopyId;
use crate::pdf::{self, SignatureKind};

/// The commands, signature by signature.
#[derive(Default)]
pub(super) struct Proofs {
    commands: String,
}

impl Proofs {
    /// Adds the signatures of a file that lies at a path in the package.
    pub(super) fn add(
        &mut self,
        copy: &CopyId,
        path: &str,
        stem: &str,
        bytes: &[u8],
        package: &mut Package,
    ) -> Result<(), Error> {
        // What cannot be read is told by the verdict.
        for signature in pdf::embedded_signatures(bytes).unwrap_or_default() {
            let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
            if signature.kind == SignatureKind::TimeStamp || !signature.field.chars().all(is_plain)
            {
                continue;
            }
            let name = format!("signatures/{stem}-{}.p7s", signature.field);
            if package.has(&name) {
                continue;
            }
            let description = format!("underskriften i fältet {} i {path}", signature.field);
            let mut line = FileLine::new(&name, What::Signature, description);
            line.copy = Some(copy.clone());
            package.add(line, &signature.contents)?;
            let [first, first_length, second, second_length] = signature.byte_range;
            self.commands.push_str(&format!(
                "
# {copy}, {}
{{ tail -c +{} {path} | head -c {first_length}; tail -c +{} {path} | head -c {second_length}; }} > underskrivet.bin
openssl cms -verify -binary -inform DER -in {name} -content underskrivet.bin -CAfile rot.pem -purpose any -no_check_time -out /dev/null
",
                signature.field,
                first.saturating_add(1),
                second.saturating_add(1),
            ));
        }
        Ok(())
    }

    /// Adds the text with the commands, if there are any.
    pub(super) fn finish(self, package: &mut Package) -> Result<(), Error> {
        if self.commands.is_empty() {
            return Ok(());
        }
        let text = format!("{INTRODUCTION}{}", self.commands);
        let description = "kommandon som prövar varje underskrift med openssl";
        let line = FileLine::new("signatures/OPENSSL.txt", What::Explanation, description);
        package.add(line, text.as_bytes())
    }
}

const INTRODUCTION: &str = "\
# Prövar varje underskrift för sig, med bash och openssl, i paketets mapp:
#
#     bash signatures/OPENSSL.txt
#
# Svaret är \"CMS Verification successful\" för varje underskrift vars certifikat leder till ett
# rotcertifikat i mappen trust. Filerna .p7s är underskrifterna, uttagna ur filerna; det
# undertecknade är filens byte före och efter dem. Certifikatens giltighetstid och spärrning och
# vad som är tillagt efter en underskrift prövas inte här: det står i bedömningarna i verdicts.

cat trust/*.pem > rot.pem
";
