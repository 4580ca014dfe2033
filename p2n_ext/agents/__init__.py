"""Who reads papers and who plans their reproduction."""
