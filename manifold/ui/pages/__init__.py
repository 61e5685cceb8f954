"""The pages, a folder each: page.py is what Streamlit runs; controls, views, charts, words and share as a page needs them."""
