//! Tests of the folder.

mod extracts;
mod hostile;
mod pdf_texts;
mod readings;
