"""nginx before several processes: each visitor goes to one and stays there, and nothing but nginx is reached from outside."""

import re
import shutil
import subprocess

import pytest

from manifold.ui.serve import COOKIE, main, nginx_configuration


def blocks(text, kind):
    """Bodies of the blocks of a kind, by what stands before the brace."""
    return dict(re.findall(rf"^ +{kind} (.+?) \{{(?: *#[^\n]*)?((?:[^{{}}])*)\}}", text, flags=re.MULTILINE))


@pytest.mark.parametrize("processes", [1, 2, 5])
def test_every_process_is_chosen_by_the_cookie_that_it_sets(processes):
    text = nginx_configuration(processes, 8501)
    places = {str(number): f"127.0.0.1:{8501 + number}" for number in range(1, processes + 1)}
    maps, groups = blocks(text, "map"), blocks(text, "upstream")
    pairs = {
        head.split()[1]: dict(line.strip("; ").split(maxsplit=1) for line in body.strip().split("\n"))
        for head, body in maps.items()
    }
    assert {number: pairs["$chosen"].get(number) for number in places} == {number: f"process{number}" for number in places}
    assert pairs["$number"] == {place: number for number, place in places.items()}
    assert pairs["$given"].pop("default").startswith(f'"{COOKIE}=$number;')
    assert pairs["$given"] == dict.fromkeys(places, '""')  # whoever has one is given no other
    for number, place in places.items():  # the others take the visitors of one that has ended
        servers = re.findall(r"server (\S+?)( backup)?;", groups[f"process{number}"])
        others = [(other, " backup") for other in places.values() if other != place]
        assert servers == [(place, ""), *others]
    assert "least_conn" in groups["any"]
    assert pairs["$chosen"]["default"] == "any"
    assert "proxy_pass http://$chosen;" in text
    assert "add_header Set-Cookie $given;" in text


def test_nginx_alone_listens_to_others_and_websockets_pass():
    text = nginx_configuration(2, 8501)
    assert re.findall(r"listen (.+);", text) == ["0.0.0.0:8501"]
    assert set(re.findall(r"server ([\d.]+):", text)) == {"127.0.0.1"}
    assert "proxy_set_header Upgrade $http_upgrade;" in text
    assert "proxy_set_header Connection $kept_open;" in text
    assert blocks(text, "map")["$http_upgrade $kept_open"].split() == ["default", "upgrade;", '""', "close;"]
    assert "proxy_set_header Host $http_host;" in text  # by which Streamlit knows its own page


@pytest.mark.skipif(not shutil.which("nginx"), reason="nginx is not installed")
def test_nginx_takes_what_is_written(tmp_path, capsys):
    assert main(["--processes", "3", "--port", "18501", "--address", "127.0.0.1", "--out", str(tmp_path)]) == 0
    told = capsys.readouterr().out
    assert [f"--server.port {port}" in told for port in (18501, 18502, 18503, 18504)] == [False, True, True, True]
    tried = subprocess.run(["nginx", "-t", "-p", tmp_path, "-c", "nginx.conf"], capture_output=True, text=True, check=False)
    assert "test is successful" in tried.stderr, tried.stderr


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--processes", "0"], "--processes must be >= 1, got 0"),
        (["--port", "80"], "--port must be >= 1024, got 80"),
        (["--port", "65535"], "--port must be <= 65533, got 65535"),
        (["--address", "class"], "--address must be an IPv4 address such as 0.0.0.0, got 'class'"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence_and_nothing_is_written(tmp_path, capsys, arguments, sentence):
    assert main([*arguments, "--out", str(tmp_path / "class")]) == 2
    assert capsys.readouterr().err == f"error: {sentence}\n"
    assert not (tmp_path / "class").exists()
