//! A fault proxy in front of an emulator.
