#![no_main]

#[path = "../entries.rs"]
mod entries;
#[path = "../ground.rs"]
mod ground;

libfuzzer_sys::fuzz_target!(|data: &[u8]| ground::fuzzed(entries::certificate, data));
