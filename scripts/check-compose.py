"""Checks compose.yaml where no container engine is at hand: it parses, every service is built by the one Dockerfile with a target that Package.swift
makes, runs as nobody special, is health-checked, drains in time, owns a volume exactly if it owns a database, and sees no key but its own. Needs
PyYAML, which scripts/install-packages.sh lint installs."""
import re
import sys
from pathlib import Path

import yaml

root = Path(__file__).resolve().parent.parent


def fail(message):
    print(f"compose.yaml: {message}", file=sys.stderr)
    sys.exit(1)


def volumes(service):
    """The named volumes and host paths of a service, by where they are mounted."""
    return {parts[1]: parts[0] for parts in (volume.split(":") for volume in service.get("volumes", []))}


compose = yaml.safe_load((root / "compose.yaml").read_text())
names = ["identity", "loyalty", "campaign", "inventory", "gateway"]
package = (root / "Package.swift").read_text()
keeper = (root / "Sources/patron/Supervisor/ServiceKeeper.swift").read_text()
longest_drain = re.search(r"longestDrain = Duration\.seconds\((\d+)\)", keeper).group(1)
services = compose["services"]
for name in names:
    service = services.get(name) or fail(f"no service {name}")
    if service["build"]["args"]["SERVICE"] != name:
        fail(f"{name} is built as {service['build']['args']['SERVICE']}")
    if f'name: "{name}"' not in package:
        fail(f"Package.swift makes no executable {name}")
    if "healthcheck" not in service:
        fail(f"{name} has no health check")
    if service.get("stop_grace_period") != f"{longest_drain}s":
        fail(f"{name} is killed before a drain ends: stop_grace_period must be {longest_drain}s")
    if "certificates" not in service.get("depends_on", {}):
        fail(f"{name} starts without waiting for its certificates")
    expected = {"/keys": f"{name}-keys"} | ({} if name == "gateway" else {"/data": f"{name}-data"})
    if volumes(service) != expected:
        fail(f"{name} mounts {volumes(service)}; its own keys and its own database are {expected}")
    for variable, value in service["environment"].items():
        if not variable.startswith(f"PATRON_{name.upper()}_"):
            fail(f"{name} does not read {variable}")
        if str(value).startswith("/keys/") and Path(value).name not in (
            f"{name}.crt", f"{name}.key", "ca.crt", "caller-keys.json") + (("quote-keys.json",) if name == "gateway" else ()):
            fail(f"{name}: {value} is not among its keys")
for service in services.values():
    for source in volumes(service).values():
        if not source.startswith(".") and source not in compose["volumes"]:
            fail(f"volume {source} is not declared")
readers_of_the_authority = [name for name, service in services.items() if "authority" in volumes(service).values()]
if readers_of_the_authority != ["certificates"]:
    fail(f"the authority's key is seen by {readers_of_the_authority}")
if not re.search(r"^USER patron$", (root / "Dockerfile").read_text(), re.M):
    fail("the image runs as root")
print("  five services, one recipe")
