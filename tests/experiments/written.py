"""What a run writes."""

from experiments.__main__ import main


def run(folder, *words):
    assert main(["run", *words, "--out", str(folder)]) == 0
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*.*")}


def without_run_record(files):
    return {name: content for name, content in files.items() if not name.endswith("run.json")}
