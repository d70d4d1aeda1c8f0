"""Charts of many worlds: fans over time, settings against outcomes, paired differences."""
