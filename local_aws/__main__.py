"""The command line of local AWS: serve, exec, env, status, operations, reset."""

from __future__ import annotations

import argparse
import logging
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from local_aws import start
from local_aws.credentials import environment
from local_aws.state import AlreadyRunningError, default_home, hold, running


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit status."""
    given = _parser().parse_args(arguments)
    command: int = given.run(given)
    return command


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m local_aws", description="AWS on this machine.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, run: object, description: str) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=description, description=description)
        command.add_argument(
            "--state",
            type=Path,
            default=default_home(),
            metavar="DIR",
            help="the state directory (default $CELAJE_HOME)",
        )
        command.set_defaults(run=run)
        return command

    serve = add("serve", _serve, "Serve until Ctrl-C.")
    serve.add_argument("--port", type=int, help="default: that of the last time")
    serve.add_argument("--until-input-closes", action="store_true", help="end when standard input does")
    execute = add("exec", _exec, "Run a command against local AWS, starting one for it where none runs.")
    execute.add_argument("command", nargs=argparse.REMAINDER, metavar="-- COMMAND")
    add("env", _env, "Print the variables that point an AWS SDK at the running local AWS, for `eval`.")
    add("status", _status, "Say whether local AWS runs, and where.")
    add("operations", _operations, "Print what local AWS answers and how truly, as a Markdown table.")
    reset = add("reset", _reset, "Delete everything that local AWS holds.")
    reset.add_argument("--yes", action="store_true", help="do not ask")
    return parser


def _serve(given: argparse.Namespace) -> int:
    from local_aws.server import serve

    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("local_aws").setLevel(logging.INFO)
    try:
        serve(given.state.resolve(), given.port, until_input_closes=given.until_input_closes)
    except (AlreadyRunningError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _exec(given: argparse.Namespace) -> int:
    command = given.command[1:] if given.command[:1] == ["--"] else given.command
    if not command:
        print("exec: say which command to run, after --", file=sys.stderr)
        return 2
    home = given.state.resolve()
    connection = start.ensure(home)
    kept = {key: value for key, value in os.environ.items() if key not in ("AWS_PROFILE", "AWS_SESSION_TOKEN")}
    try:
        return subprocess.run(command, env=kept | _variables(connection), check=False).returncode
    except FileNotFoundError:
        print(f"exec: there is no command {command[0]!r}", file=sys.stderr)
        return 127
    finally:
        start.stop(home)


def _variables(connection: start.Connection) -> dict[str, str]:
    from local_aws.credentials import Credentials

    keys = Credentials(connection.access_key, connection.secret_key, connection.account)
    return environment(keys, connection.endpoint, connection.region)


def _env(given: argparse.Namespace) -> int:
    if running(given.state.resolve()) is None:
        print("No local AWS runs on this state directory: start it with `python -m local_aws serve`.", file=sys.stderr)
        return 1
    for name, value in _variables(start.ensure(given.state)).items():
        print(f"export {name}={shlex.quote(value)}")
    return 0


def _status(given: argparse.Namespace) -> int:
    found = running(given.state.resolve())
    if found is None:
        print(f"Local AWS does not run on {given.state}.")
        return 1
    print(f"Local AWS runs on {given.state}: {found.endpoint}, process {found.pid}.")
    return 0


def _operations(given: argparse.Namespace) -> int:
    from local_aws import fidelity, platform, registry

    registry.discover()
    print(fidelity.table(registry.operations().values(), platform.SERVICES))
    return 0


def _reset(given: argparse.Namespace) -> int:
    home = given.state.resolve()
    if not given.yes:
        print(f"This deletes every object, job, model and endpoint in {home}. To do it: reset --yes", file=sys.stderr)
        return 2
    try:
        with hold(home):
            for entry in home.iterdir():
                if entry.name == "lock":
                    continue
                if entry.is_dir() and not entry.is_symlink():
                    shutil.rmtree(entry)
                else:
                    entry.unlink()
    except AlreadyRunningError as error:
        print(f"{error} Stop it first.", file=sys.stderr)
        return 1
    print(f"{home} is empty.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
