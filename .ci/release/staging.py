#!/usr/bin/env python3
# Copyright 2026 The Ringtap Project
# SPDX-License-Identifier: Apache-2.0
"""Checks a staging repository for what Maven Central requires, and for what Ringtap promises of a release.

    staging.py sources SOURCES                  the poms of a work tree agree on what is published
    staging.py check SOURCES STAGING VERSION    what was built from SOURCES, and staged, can be released
    staging.py compare STAGING OTHER            two builds of one version have the same bytes, but for signatures
    staging.py bundle STAGING ZIP               what Central's plugin would upload is what was staged

Which modules are published is read from the poms of SOURCES. Prints a line for each fault. Exit code 1 says that there was
one, 2 that nothing could be checked.
Central's side of this is https://central.sonatype.org/publish/requirements/.
"""
import hashlib
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
import zipfile
from pathlib import Path

POM = "{http://maven.apache.org/POM/4.0.0}"
GROUP = "io.ringtap"
BOM = "ringtap-bom"
REQUIRED_CHECKSUMS = ("md5", "sha1")
CHECKSUMS = REQUIRED_CHECKSUMS + ("sha256", "sha512")
JARS = {"": ".class", "-sources": ".java", "-javadoc": ".html"}
LEGAL = ("LICENSE", "NOTICE")


def find(element, path):
    """The first element at a path of names without a namespace, or None."""
    return element.find("/".join(POM + name for name in path.split("/"))) if element is not None else None


def find_all(element, path):
    return element.findall("/".join(POM + name for name in path.split("/"))) if element is not None else []


def text(element, path):
    found = find(element, path)
    return (found.text or "").strip() if found is not None else ""


class Module:
    """A module of the work tree, as its pom describes it."""

    def __init__(self, path):
        try:
            pom = ElementTree.parse(path).getroot()
        except (OSError, ElementTree.ParseError) as e:
            raise SystemExit(f"{path}: not a pom: {e}") from e
        self.path = path
        self.pom = pom
        self.artifact = text(pom, "artifactId")
        self.packaging = text(pom, "packaging") or "jar"
        self.published = text(pom, "properties/maven.deploy.skip") != "true"


def modules_of(sources):
    """Every module, those of profiles included, the root first."""
    root = Module(sources / "pom.xml")
    names = find_all(root.pom, "modules/module") + find_all(root.pom, "profiles/profile/modules/module")
    return [root] + [Module(sources / name.text.strip() / "pom.xml") for name in names]


def check_sources(sources):
    """The faults of the poms in the work tree that a look at them shows, before anything is built."""
    modules = modules_of(sources)
    excluded = {e.text.strip() for e in modules[0].pom.iter(POM + "excludeArtifact")}
    kept_back = {m.artifact for m in modules if not m.published}
    for artifact in sorted(excluded ^ kept_back):
        yield (f"pom.xml: {artifact} has to stand in excludeArtifacts, which Central's plugin goes by, and to set "
               "maven.deploy.skip, which Maven goes by: it has one of the two")
    jars = {m.artifact for m in modules if m.published and m.packaging != "pom"}
    listed = [text(d, "artifactId") for m in modules if m.artifact == BOM
              for d in find_all(m.pom, "dependencyManagement/dependencies/dependency")]
    for artifact in sorted(jars - set(listed)):
        yield f"bom/pom.xml: {artifact} is published, and is missing"
    for artifact in sorted(set(listed) - jars):
        yield f"bom/pom.xml: {artifact} is listed, and is not published"
    for module in modules:
        where = module.path.relative_to(sources)
        version = text(module.pom, "version") or text(module.pom, "parent/version")
        if version != "${revision}":
            yield f"{where}: the version is {version}, where every module has ${{revision}}"
        if module is not modules[0] and text(module.pom, "properties/revision"):
            yield f"{where}: a version of its own in the property revision, which the parent has"
        for name in ("name", "description"):
            if not text(module.pom, name):
                yield f"{where}: no {name}"


class Pom:
    """A staged pom with what it inherits from parents that are staged too."""

    def __init__(self, path, parent):
        self.element = ElementTree.parse(path).getroot()
        self.parent = parent

    def lookup(self, path):
        """The text at a path, from the nearest pom of the line that has it."""
        return text(self.element, path) or (self.parent.lookup(path) if self.parent else "")

    def resolve(self, value):
        """A value with its properties replaced; those that are not known stay."""
        def replace(match):
            name = match.group(1)
            known = self.lookup(name[8:]) or self.lookup("parent/" + name[8:]) if name.startswith("project.") \
                else self.lookup("properties/" + name)
            return self.resolve(known) if known else match.group(0)
        return re.sub(r"\$\{([^}]+)}", replace, value)


class Staging:
    def __init__(self, sources, staging, version):
        self.sources = sources
        self.folder = staging / GROUP.replace(".", "/")
        self.version = version
        self.published = {m.artifact: m for m in modules_of(sources) if m.published}
        self.legal = {name: (sources / name).read_bytes() for name in LEGAL}
        self.poms = {}

    def file(self, artifact, suffix):
        return self.folder / artifact / self.version / f"{artifact}-{self.version}{suffix}"

    def pom(self, artifact):
        if artifact not in self.poms:
            path = self.file(artifact, ".pom")
            if not path.is_file():
                return None
            parent = text(ElementTree.parse(path).getroot(), "parent/artifactId")
            self.poms[artifact] = Pom(path, self.pom(parent) if parent else None)
        return self.poms[artifact]

    def check(self):
        staged = {p.name for p in self.folder.iterdir()} if self.folder.is_dir() else set()
        for artifact in sorted(staged - set(self.published)):
            yield f"{artifact}: staged, and no module of this name is published"
        for artifact, module in sorted(self.published.items()):
            if artifact not in staged:
                yield f"{artifact}: not staged"
                continue
            for other in sorted(p.name for p in (self.folder / artifact).iterdir() if p.is_dir()):
                if other != self.version:
                    yield f"{artifact}: version {other} is staged too"
            yield from self.check_files(artifact, module.packaging)
            if self.pom(artifact):
                yield from self.check_pom(artifact)
            if module.packaging != "pom":
                for classifier in JARS:
                    jar = self.file(artifact, classifier + ".jar")
                    if jar.is_file():
                        yield from self.check_jar(jar, classifier)
        if self.pom(BOM):
            yield from self.check_bom()

    def check_files(self, artifact, packaging):
        expected = [self.file(artifact, ".pom")]
        if packaging != "pom":
            expected += [self.file(artifact, classifier + ".jar") for classifier in JARS]
        allowed = set()
        for path in expected:
            signature = path.with_name(path.name + ".asc")
            if not path.is_file():
                yield f"{path.name}: missing"
            elif not signature.is_file():
                yield f"{path.name}: not signed"
            else:
                yield from check_signature(path, signature)
            for file in (path, signature):
                allowed.add(file)
                allowed.update(file.with_name(f"{file.name}.{kind}") for kind in CHECKSUMS)
                if file.is_file():
                    yield from check_checksums(file, REQUIRED_CHECKSUMS if file is path else ())
        folder = self.folder / artifact / self.version
        for path in sorted(folder.iterdir()) if folder.is_dir() else ():
            if path not in allowed:
                yield f"{path.name}: not to be published"

    def check_pom(self, artifact):
        pom = self.pom(artifact)
        name = f"{artifact}-{self.version}.pom"
        coordinates = {"groupId": GROUP, "artifactId": artifact, "version": self.version}
        for what, wanted in coordinates.items():
            is_ = text(pom.element, what) or text(pom.element, "parent/" + what)
            if is_ != wanted:
                yield f"{name}: {what} is {is_}, not {wanted}"
        for path in ("name", "description"):
            if not text(pom.element, path):
                yield f"{name}: no {path}"
        for path in ("url", "licenses/license/name", "licenses/license/url", "developers/developer/name", "scm/url",
                     "scm/connection"):
            if not pom.lookup(path):
                yield f"{name}: no {path}"
        parent = find(pom.element, "parent")
        if parent is not None and (text(parent, "artifactId") not in self.published
                                   or text(parent, "version") != self.version):
            yield f"{name}: the parent {text(parent, 'artifactId')} {text(parent, 'version')} is not of this release"
        for path in ("repositories", "pluginRepositories"):
            if find(pom.element, path) is not None:
                yield f"{name}: {path}, which Central's users do not have"
        for element in versioned(pom.element):
            version = pom.resolve(text(element, "version"))
            if "SNAPSHOT" in version or "${" in version:
                yield f"{name}: {text(element, 'artifactId')} has version {version}"
        for dependency in find_all(pom.element, "dependencies/dependency"):
            if (text(dependency, "groupId") == GROUP and text(dependency, "scope") != "test"
                    and text(dependency, "artifactId") not in self.published):
                yield f"{name}: depends on {text(dependency, 'artifactId')}, which is not published"

    def check_jar(self, jar, classifier):
        try:
            with zipfile.ZipFile(jar) as archive:
                names = set(archive.namelist())
                for legal, content in self.legal.items():
                    if "META-INF/" + legal not in names:
                        yield f"{jar.name}: no META-INF/{legal}"
                    elif archive.read("META-INF/" + legal) != content:
                        yield f"{jar.name}: META-INF/{legal} is not the {legal} of the sources"
                if not any(n.endswith(JARS[classifier]) and n != "module-info.class" for n in names):
                    yield f"{jar.name}: no {JARS[classifier]} file"
                if classifier == "":
                    manifest = archive.read("META-INF/MANIFEST.MF").decode()
                    if f"Implementation-Version: {self.version}" not in manifest.splitlines():
                        yield f"{jar.name}: the manifest has no Implementation-Version: {self.version}"
                    if "module-info.class" not in names and "Automatic-Module-Name: " not in manifest:
                        yield f"{jar.name}: no module name"
        except (zipfile.BadZipFile, KeyError) as e:
            yield f"{jar.name}: not a jar: {e}"

    def check_bom(self):
        pom = self.pom(BOM)
        name = f"{BOM}-{self.version}.pom"
        if find(pom.element, "parent") is not None:
            yield f"{name}: a parent, whose versions of other libraries the importing build would get"
        for dependency in find_all(pom.element, "dependencyManagement/dependencies/dependency"):
            artifact = text(dependency, "artifactId")
            if text(dependency, "version") != self.version:
                yield f"{name}: {artifact} has version {text(dependency, 'version')}"
            if not self.file(artifact, ".jar").is_file():
                yield f"{name}: {artifact} is not staged"


def versioned(pom):
    """What a pom names with a version: its parent, dependencies and plugins, those of profiles too."""
    yield from find_all(pom, "parent")
    yield from pom.iter(POM + "plugin")
    for scope in [pom] + find_all(pom, "profiles/profile"):
        yield from find_all(scope, "dependencies/dependency")
        yield from find_all(scope, "dependencyManagement/dependencies/dependency")


def check_checksums(path, required):
    for kind in CHECKSUMS:
        checksum = path.with_name(f"{path.name}.{kind}")
        if not checksum.is_file():
            if kind in required:
                yield f"{path.name}: no {kind}"
        elif checksum.read_text().strip().lower() != hashlib.new(kind, path.read_bytes()).hexdigest():
            yield f"{checksum.name}: not the {kind} of the file"


def check_signature(path, signature):
    verified = subprocess.run(["gpg", "--batch", "--status-fd", "1", "--verify", str(signature), str(path)],
                              capture_output=True, text=True, errors="replace")
    if verified.returncode != 0 or "[GNUPG:] VALIDSIG " not in verified.stdout:
        reason = verified.stderr.strip().splitlines()
        yield f"{signature.name}: not a valid signature: {reason[-1] if reason else 'gpg does not say why'}"


def payload(folder):
    """What has to be the same in two builds: all but signatures, and the metadata that Central makes itself."""
    return {str(p.relative_to(folder)): p for p in folder.rglob("*")
            if p.is_file() and ".asc" not in p.suffixes and not p.name.startswith("maven-metadata")}


def compare(staging, other):
    ours, theirs = payload(staging), payload(other)
    if not ours:
        yield f"{staging}: nothing is staged"
    for name in sorted(ours.keys() ^ theirs.keys()):
        yield f"{name}: made by one of two builds"
    for name in sorted(ours.keys() & theirs.keys()):
        if ours[name].read_bytes() != theirs[name].read_bytes():
            yield f"{name}: differs between two builds{differing_entries(ours[name], theirs[name])}"


def differing_entries(ours, theirs):
    if not ours.name.endswith(".jar"):
        return ""
    with zipfile.ZipFile(ours) as a, zipfile.ZipFile(theirs) as b:
        if a.namelist() != b.namelist():
            return ": in the entries or their order"
        contents = [n for n in a.namelist() if a.read(n) != b.read(n)]
        modes = [n for n in a.namelist() if a.getinfo(n).external_attr != b.getinfo(n).external_attr]
        return f": {', '.join(contents[:5])}" if contents else ": in file modes: umask?" if modes else ": in times?"


def check_bundle(staging, bundle):
    """The bundle of Central's plugin has what was staged; other checksums, and none of signatures, are its own affair."""
    staged = {name: p for name, p in ((str(p.relative_to(staging)), p) for p in staging.rglob("*"))
              if p.is_file() and p.suffix[1:] not in CHECKSUMS and not p.name.startswith("maven-metadata")}
    with zipfile.ZipFile(bundle) as archive:
        files = {n.lstrip("/") for n in archive.namelist() if not n.endswith("/")}
        bundled = {n for n in files if n.rsplit(".", 1)[-1] not in CHECKSUMS}
        for name in sorted(bundled - staged.keys()):
            yield f"{name}: would be uploaded, and is not staged"
        for name in sorted(staged.keys() - bundled):
            yield f"{name}: staged, and would not be uploaded"
        for name in sorted(bundled & staged.keys()):
            if not name.endswith(".asc"):
                yield from (f"{name}: would be uploaded without {kind}" for kind in REQUIRED_CHECKSUMS
                            if f"{name}.{kind}" not in files)
                if archive.read(name) != staged[name].read_bytes():
                    yield f"{name}: would be uploaded with other content"


def main(arguments):
    command, *rest = arguments or [""]
    if command == "sources" and len(rest) == 1:
        faults = list(check_sources(Path(rest[0])))
        passed = "the poms agree on what is published"
    elif command == "check" and len(rest) == 3:
        if not shutil.which("gpg"):
            print("gpg is not installed: signatures cannot be made or checked", file=sys.stderr)
            return 2
        sources, staging, version = Path(rest[0]), Path(rest[1]), rest[2]
        faults = list(check_sources(sources)) + list(Staging(sources, staging, version).check())
        passed = f"{staging} has what Central requires of version {version}"
    elif command == "compare" and len(rest) == 2:
        faults = list(compare(Path(rest[0]), Path(rest[1])))
        passed = "two builds have the same bytes"
    elif command == "bundle" and len(rest) == 2:
        faults = list(check_bundle(Path(rest[0]), Path(rest[1])))
        passed = "the bundle for Central has what is staged"
    else:
        print(__doc__.strip(), file=sys.stderr)
        return 2
    for fault in faults:
        print(fault)
    print(f"{len(faults)} faults" if faults else f"good: {passed}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
