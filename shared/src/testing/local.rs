//! The local AWS: two emulators in one pinned virtual environment.
