"""For a class: the configuration of an nginx that stands before several processes of the app.

    python -m manifold.ui.serve [--processes 2] [--port 8501] [--out class]

writes `class/nginx.conf` and says how to start it. A visitor goes to the process with the fewest connections, and stays with it
by a cookie, as sessions, files and trainings live there; the addresses of a classroom are all alike.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from ipaddress import AddressValueError, IPv4Address
from pathlib import Path

from manifold.checks import check_count

COOKIE = "manifold_process"

EVERYONE = "0.0.0.0"
"""The address that all who reach this computer may use."""

_MOST = 64
_LAST_PORT = 65_535

_CONFIGURATION = """# Written by python -m manifold.ui.serve; started by nginx -p FOLDER -c nginx.conf
pid nginx.pid;
error_log error.log;
events {{ worker_connections 4096; }}  # four a visitor while a page loads, two later

http {{
    access_log off;
    gzip on;  # scripts of the page, which Streamlit sends as they are
    gzip_proxied any;
    gzip_types text/css text/javascript application/javascript;
    client_max_body_size 200m;  # a visitor's file
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path unused;
    uwsgi_temp_path unused;
    scgi_temp_path unused;

    upstream any {{
        least_conn;
{any}
    }}
{each}

    map $cookie_{cookie} $chosen {{  # where a request goes
        default any;
{by_cookie}
    }}
    map $upstream_addr $number {{  # of the process that has answered
{by_place}
    }}
    map $cookie_{cookie} $given {{  # the cookie of a visitor who has none
        default "{cookie}=$number; Path=/; HttpOnly; SameSite=Lax";
{kept}
    }}
    map $http_upgrade $kept_open {{
        default upgrade;
        "" close;
    }}

    server {{
        listen {address}:{port};
        location / {{
            proxy_pass http://$chosen;
            proxy_http_version 1.1;
            proxy_set_header Host $http_host;
            proxy_set_header X-Forwarded-For $remote_addr;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection $kept_open;
            proxy_read_timeout 1h;
            add_header Set-Cookie $given;
        }}
    }}
}}
"""

_STARTED = """{path} is written. Start the processes and nginx, each in a terminal of its own or in the background:

{processes}
    nginx -p {folder} -c nginx.conf

Laptops reach the app at http://ADDRESS:{port}, ADDRESS being this computer's on their network. It ends by
`nginx -p {folder} -c nginx.conf -s stop` and by stopping the processes."""


def nginx_configuration(processes: int, port: int, *, address: str = EVERYONE) -> str:
    """The text of nginx.conf: nginx listens at `port`, the processes at the ports behind it, on this computer alone.

    Where a process has ended, the others take its visitors.
    """
    places = {number: f"127.0.0.1:{port + number}" for number in range(1, processes + 1)}

    def group(number: int) -> str:
        others = "".join(f" server {place} backup;" for other, place in places.items() if other != number)
        return f"    upstream process{number} {{ server {places[number]};{others} }}"

    def lines(text: str) -> str:
        return "\n".join(f"        {text.format(number=number, place=place)}" for number, place in places.items())

    return _CONFIGURATION.format(
        cookie=COOKIE,
        address=address,
        port=port,
        any=lines("server {place};"),
        each="\n".join(map(group, places)),
        by_cookie=lines("{number} process{number};"),
        by_place=lines("{place} {number};"),
        kept=lines('{number} "";'),
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the configuration; 0 on success, 2 with one sentence on standard error if something about it is wrong."""
    asked = _parser().parse_args(arguments)
    try:
        processes = check_count(asked.processes, "--processes", minimum=1, maximum=_MOST)
        port = check_count(asked.port, "--port", minimum=1024, maximum=_LAST_PORT - processes)
        text = nginx_configuration(processes, port, address=str(IPv4Address(asked.address)))
        folder = asked.out.resolve()
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "nginx.conf").write_text(text, encoding="utf-8")
    except AddressValueError:
        return _refuse(f"--address must be an IPv4 address such as {EVERYONE}, got {asked.address!r}")
    except ValueError as error:
        return _refuse(str(error))
    except OSError as error:
        return _refuse(f"{error.filename}: {error.strerror}")
    run = "OMP_NUM_THREADS=1 streamlit run app.py --server.headless true --server.address 127.0.0.1 --server.port"
    commands = "\n".join(f"    {run} {port + number}" for number in range(1, processes + 1))
    print(_STARTED.format(path=folder / "nginx.conf", processes=commands, folder=folder, port=port))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m manifold.ui.serve", description="nginx before several processes of the app"
    )
    parser.add_argument("--processes", type=int, default=2, help="one a core (default 2)")
    parser.add_argument("--port", type=int, default=8501, help="nginx's; the next ones are the processes' (default 8501)")
    parser.add_argument("--address", default=EVERYONE, help=f"127.0.0.1 lets nobody in but this computer (default {EVERYONE})")
    parser.add_argument("--out", type=Path, default=Path("class"), help="folder of nginx.conf (default class)")
    return parser


def _refuse(sentence: str) -> int:
    print(f"error: {sentence}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
