"""The Streamlit app: pages, their controls and their state; every number comes from the packages below."""
