"""Windows beside the main one: comparing runs, many worlds, the reality check, presets."""
