"""The app: `streamlit run app.py`."""

from manifold.ui.navigation import run

run()
