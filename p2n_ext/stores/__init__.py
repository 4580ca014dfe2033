"""Where rows, objects and events are kept: SQLite and local files, the embedded default."""
