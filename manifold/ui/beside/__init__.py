"""Two settings of a page side by side: one is kept in the address, the other is the page's own."""
