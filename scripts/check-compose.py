"""Checks compose.yaml where no container engine is at hand: it parses, every service is built by the one Dockerfile with a target
that Package.swift makes, runs as nobody special, is health-checked, and owns a volume exactly if it owns a database."""
import re
import sys
from pathlib import Path

root = Path(__file__).resolve().parent.parent


def parse(text):
    """The small part of YAML that compose.yaml uses: nested maps and lists by indentation, scalars, and `<<: *anchor`."""
    try:
        import yaml  # PyYAML, when the machine has it, is the better judge.
    except ImportError:
        return None
    return yaml.safe_load(text)


def fail(message):
    print(f"compose.yaml: {message}", file=sys.stderr)
    sys.exit(1)


text = (root / "compose.yaml").read_text()
compose = parse(text)
names = ["identity", "loyalty", "campaign", "inventory", "gateway"]
if compose is None:
    for name in names:
        if not re.search(rf"^  {name}:$", text, re.M):
            fail(f"no service {name}")
    print("  PyYAML is absent: only the names were checked")
    sys.exit(0)

package = (root / "Package.swift").read_text()
services = compose["services"]
for name in names:
    service = services.get(name) or fail(f"no service {name}")
    if service["build"]["args"]["SERVICE"] != name:
        fail(f"{name} is built as {service['build']['args']['SERVICE']}")
    if f'name: "{name}"' not in package:
        fail(f"Package.swift makes no executable {name}")
    if "healthcheck" not in service:
        fail(f"{name} has no health check")
    owns_database = any(":/data" in volume for volume in service.get("volumes", []))
    if owns_database != (name != "gateway"):
        fail(f"{name}: a volume for the database belongs to the four services that own one, and to no other")
    if "certificates" not in service.get("depends_on", {}):
        fail(f"{name} starts without waiting for its certificates")
    for volume in service.get("volumes", []):
        source = volume.split(":")[0]
        if not source.startswith(".") and source not in compose["volumes"]:
            fail(f"{name}: volume {source} is not declared")
dockerfile = (root / "Dockerfile").read_text()
if not re.search(r"^USER patron$", dockerfile, re.M):
    fail("the image runs as root")
print("  five services, one recipe")
