#!/usr/bin/env python3
# Copyright 2026 The Ringtap Project
# SPDX-License-Identifier: Apache-2.0
"""Tests staging.py: a small release that it accepts, and then one fault at a time, each of which it has to name."""
import contextlib
import hashlib
import io
import os
import shutil
import subprocess
import tempfile
import unittest
import zipfile
from pathlib import Path
from unittest import mock

import staging

VERSION = "1.2.3"

POM = """<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  {body}
</project>
"""
PARENT = """<parent><groupId>io.ringtap</groupId><artifactId>ringtap-parent</artifactId><version>{version}</version></parent>"""
ABOUT = "<name>{0}</name><description>What {0} is.</description>"
ROOT = """<groupId>io.ringtap</groupId><artifactId>ringtap-parent</artifactId><version>{version}</version>
  <packaging>pom</packaging><url>https://example.invalid</url>
  <licenses><license><name>Apache-2.0</name><url>https://example.invalid/license</url></license></licenses>
  <developers><developer><name>Somebody</name></developer></developers>
  <scm><url>https://example.invalid/scm</url><connection>scm:git:https://example.invalid</connection></scm>
  <modules><module>bom</module><module>lib</module><module>examples</module></modules>
  <profiles><profile><id>release</id><build><plugins><plugin><artifactId>central</artifactId><configuration>
    <excludeArtifacts><excludeArtifact>ringtap-examples</excludeArtifact></excludeArtifacts>
  </configuration></plugin></plugins></build></profile></profiles>""" + ABOUT.format("Parent")
BOM = """<groupId>io.ringtap</groupId><artifactId>ringtap-bom</artifactId><version>{version}</version>
  <packaging>pom</packaging><url>https://example.invalid</url>
  <licenses><license><name>Apache-2.0</name><url>https://example.invalid/license</url></license></licenses>
  <developers><developer><name>Somebody</name></developer></developers>
  <scm><url>https://example.invalid/scm</url><connection>scm:git:https://example.invalid</connection></scm>
  <dependencyManagement><dependencies><dependency><groupId>io.ringtap</groupId><artifactId>ringtap-lib</artifactId>
    <version>{version}</version></dependency></dependencies></dependencyManagement>""" + ABOUT.format("BOM")
LIB = PARENT + "<artifactId>ringtap-lib</artifactId>" + ABOUT.format("Lib") + """
  <dependencies><dependency><groupId>org.example</groupId><artifactId>other</artifactId><version>1</version></dependency>
  </dependencies>"""
EXAMPLES = PARENT + "<artifactId>ringtap-examples</artifactId>" + ABOUT.format("Examples") + \
    "<properties><maven.deploy.skip>true</maven.deploy.skip></properties>"
MANIFEST = f"Manifest-Version: 1.0\nImplementation-Version: {VERSION}\nAutomatic-Module-Name: io.ringtap.lib\n"


def write(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())


def write_jar(path, entries):
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in entries.items():
            archive.writestr(zipfile.ZipInfo(name), content)


def sign(path):
    subprocess.run(["gpg", "--batch", "--yes", "--quiet", "--armor", "--detach-sign", str(path)], check=True)


def seal(path):
    """Signs a file, and puts its checksums beside it."""
    sign(path)
    for kind in staging.REQUIRED_CHECKSUMS:
        write(path.with_name(f"{path.name}.{kind}"), hashlib.new(kind, path.read_bytes()).hexdigest())


@unittest.skipUnless(shutil.which("gpg"), "gpg is missing")
class StagingTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = Path(tempfile.mkdtemp(prefix="staging-test."))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.home = os.environ.get("GNUPGHOME")
        cls.addClassCleanup(cls.restore_home)
        (cls.folder / "gnupg").mkdir(mode=0o700)
        os.environ["GNUPGHOME"] = str(cls.folder / "gnupg")
        subprocess.run(["gpg", "--batch", "--quiet", "--passphrase", "", "--quick-generate-key",
                        "Test <test@ringtap.invalid>", "ed25519", "sign", "1d"], check=True, capture_output=True)
        cls.make_release(cls.folder / "release")

    @classmethod
    def restore_home(cls):
        subprocess.run(["gpgconf", "--kill", "all"], check=False)
        if cls.home is None:
            os.environ.pop("GNUPGHOME", None)
        else:
            os.environ["GNUPGHOME"] = cls.home

    @staticmethod
    def make_release(folder):
        for name, body in {"": ROOT, "bom": BOM, "lib": LIB, "examples": EXAMPLES}.items():
            write(folder / "sources" / name / "pom.xml", POM.format(body=body.replace("{version}", "${revision}")))
        write(folder / "sources/LICENSE", "license")
        write(folder / "sources/NOTICE", "notice")
        group = folder / "staging/io/ringtap"
        for artifact, body in {"ringtap-parent": ROOT, "ringtap-bom": BOM, "ringtap-lib": LIB}.items():
            pom = group / artifact / VERSION / f"{artifact}-{VERSION}.pom"
            write(pom, POM.format(body=body.replace("{version}", VERSION)))
            seal(pom)
            write(group / artifact / "maven-metadata.xml", artifact)
        for classifier, content in {"": "io/ringtap/Lib.class", "-sources": "io/ringtap/Lib.java",
                                    "-javadoc": "index.html"}.items():
            jar = group / "ringtap-lib" / VERSION / f"ringtap-lib-{VERSION}{classifier}.jar"
            write_jar(jar, {"META-INF/MANIFEST.MF": MANIFEST, "META-INF/LICENSE": "license",
                            "META-INF/NOTICE": "notice", content: "content"})
            seal(jar)

    def setUp(self):
        self.release = Path(tempfile.mkdtemp(dir=self.folder)) / "release"
        shutil.copytree(self.folder / "release", self.release)
        self.sources = self.release / "sources"
        self.staged = self.release / "staging"
        self.lib = self.staged / "io/ringtap/ringtap-lib" / VERSION

    def faults(self):
        return list(staging.check_sources(self.sources)) + list(
            staging.Staging(self.sources, self.staged, VERSION).check())

    def change(self, path, old, new):
        """Replaces a text in a file, which is signed again if it was signed."""
        content = path.read_text()
        self.assertIn(old, content)
        path.write_text(content.replace(old, new))
        if path.with_name(path.name + ".asc").is_file():
            seal(path)

    def change_jar(self, classifier="", without=None, **replaced):
        jar = self.lib / f"ringtap-lib-{VERSION}{classifier}.jar"
        with zipfile.ZipFile(jar) as archive:
            entries = {n: archive.read(n) for n in archive.namelist() if n != without}
        entries.update(replaced)
        write_jar(jar, entries)
        seal(jar)

    def pom_of(self, artifact):
        return self.staged / "io/ringtap" / artifact / VERSION / f"{artifact}-{VERSION}.pom"

    def test_accepts_a_release(self):
        self.assertEqual([], self.faults())

    def test_names_a_missing_file(self):
        for suffix in (".pom", ".jar", "-sources.jar", "-javadoc.jar"):
            with self.subTest(suffix):
                self.setUp()
                (self.lib / f"ringtap-lib-{VERSION}{suffix}").unlink()
                self.assertIn(f"ringtap-lib-{VERSION}{suffix}: missing", self.faults())

    def test_names_a_module_that_was_not_staged(self):
        shutil.rmtree(self.lib.parent)
        self.assertIn("ringtap-lib: not staged", self.faults())

    def test_names_a_new_module_that_was_not_staged(self):
        self.change(self.sources / "pom.xml", "<module>lib</module>", "<module>lib</module><module>new</module>")
        write(self.sources / "new/pom.xml", (self.sources / "lib/pom.xml").read_text().replace("ringtap-lib", "ringtap-new"))
        self.assertEqual(["bom/pom.xml: ringtap-new is published, and is missing", "ringtap-new: not staged"], self.faults())

    def test_names_a_staged_module_that_is_not_published(self):
        shutil.copytree(self.lib.parent, self.lib.parent.with_name("ringtap-examples"))
        self.assertIn("ringtap-examples: staged, and no module of this name is published", self.faults())

    def test_names_a_file_that_is_not_to_be_published(self):
        shutil.copy(self.lib / f"ringtap-lib-{VERSION}.jar", self.lib / f"ringtap-lib-{VERSION}-tests.jar")
        self.assertEqual([f"ringtap-lib-{VERSION}-tests.jar: not to be published"], self.faults())

    def test_names_a_version_that_was_staged_before(self):
        (self.lib.with_name("1.2.2")).mkdir()
        self.assertEqual(["ringtap-lib: version 1.2.2 is staged too"], self.faults())

    def test_names_a_missing_signature(self):
        (self.lib / f"ringtap-lib-{VERSION}.jar.asc").unlink()
        self.assertEqual([f"ringtap-lib-{VERSION}.jar: not signed"], self.faults())

    def test_names_a_signature_of_another_file(self):
        shutil.copy(self.lib / f"ringtap-lib-{VERSION}.pom.asc", self.lib / f"ringtap-lib-{VERSION}.jar.asc")
        [fault] = self.faults()
        self.assertIn(f"ringtap-lib-{VERSION}.jar.asc: not a valid signature", fault)

    def test_names_a_missing_checksum(self):
        for kind in ("md5", "sha1"):
            with self.subTest(kind):
                self.setUp()
                (self.lib / f"ringtap-lib-{VERSION}.jar.{kind}").unlink()
                self.assertEqual([f"ringtap-lib-{VERSION}.jar: no {kind}"], self.faults())

    def test_names_a_wrong_checksum(self):
        write(self.lib / f"ringtap-lib-{VERSION}.jar.sha1", "0" * 40)
        write(self.lib / f"ringtap-lib-{VERSION}.jar.sha512", "0" * 128)
        self.assertEqual([f"ringtap-lib-{VERSION}.jar.sha1: not the sha1 of the file",
                          f"ringtap-lib-{VERSION}.jar.sha512: not the sha512 of the file"], self.faults())

    def test_names_what_a_pom_lacks(self):
        for tag, fault in {"name>Lib<": "name", "description>What Lib is.<": "description"}.items():
            with self.subTest(fault):
                self.setUp()
                self.change(self.pom_of("ringtap-lib"), tag, tag.split(">")[0] + "><")
                self.assertEqual([f"ringtap-lib-{VERSION}.pom: no {fault}"], self.faults())

    def test_names_what_a_pom_does_not_inherit(self):
        for tag, fault in {"<url>https://example.invalid</url>": "url",
                           "<name>Apache-2.0</name>": "licenses/license/name",
                           "<name>Somebody</name>": "developers/developer/name",
                           "<url>https://example.invalid/scm</url>": "scm/url"}.items():
            with self.subTest(fault):
                self.setUp()
                self.change(self.pom_of("ringtap-parent"), tag, "")
                self.assertEqual([f"{a}-{VERSION}.pom: no {fault}" for a in ("ringtap-lib", "ringtap-parent")], self.faults())

    def test_names_a_version_that_was_not_replaced(self):
        self.change(self.pom_of("ringtap-lib"), f"<version>{VERSION}</version>", "<version>${revision}</version>")
        self.assertIn(f"ringtap-lib-{VERSION}.pom: version is ${{revision}}, not {VERSION}", self.faults())

    def test_names_a_snapshot(self):
        self.change(self.pom_of("ringtap-lib"), "<version>1</version>", "<version>${other}</version>")
        self.change(self.pom_of("ringtap-parent"), "<modules>",
                    "<properties><other>1-SNAPSHOT</other></properties><modules>")
        self.assertEqual([f"ringtap-lib-{VERSION}.pom: other has version 1-SNAPSHOT"], self.faults())

    def test_names_a_dependency_on_what_is_not_published(self):
        self.change(self.pom_of("ringtap-lib"), "<groupId>org.example</groupId><artifactId>other</artifactId>",
                    "<groupId>io.ringtap</groupId><artifactId>ringtap-examples</artifactId>")
        self.assertEqual([f"ringtap-lib-{VERSION}.pom: depends on ringtap-examples, which is not published"], self.faults())

    def test_names_repositories(self):
        self.change(self.pom_of("ringtap-lib"), "<dependencies>", "<repositories/><dependencies>")
        self.assertEqual([f"ringtap-lib-{VERSION}.pom: repositories, which Central's users do not have"], self.faults())

    def test_names_a_parent_of_the_bom(self):
        self.change(self.pom_of("ringtap-bom"), "<packaging>", PARENT.format(version=VERSION) + "<packaging>")
        [fault] = self.faults()
        self.assertIn(f"ringtap-bom-{VERSION}.pom: a parent", fault)

    def test_names_another_version_in_the_bom(self):
        self.change(self.pom_of("ringtap-bom"), f"<version>{VERSION}</version></dependency>", "<version>1</version></dependency>")
        self.assertEqual([f"ringtap-bom-{VERSION}.pom: ringtap-lib has version 1"], self.faults())

    def test_names_what_a_jar_lacks(self):
        for classifier, content in {"": ".class", "-sources": ".java", "-javadoc": ".html"}.items():
            for entry in ("META-INF/LICENSE", "META-INF/NOTICE", "io/ringtap/Lib" + content):
                with self.subTest(classifier=classifier, entry=entry):
                    self.setUp()
                    if classifier == "-javadoc" and entry.endswith(content):
                        entry = "index.html"
                    self.change_jar(classifier, without=entry)
                    wanted = entry if entry.startswith("META-INF") else content + " file"
                    self.assertEqual([f"ringtap-lib-{VERSION}{classifier}.jar: no {wanted}"], self.faults())

    def test_names_another_licence(self):
        self.change_jar(**{"META-INF/LICENSE": "another"})
        self.assertEqual([f"ringtap-lib-{VERSION}.jar: META-INF/LICENSE is not the LICENSE of the sources"], self.faults())

    def test_names_a_jar_without_a_module_name_or_version(self):
        self.change_jar(**{"META-INF/MANIFEST.MF": "Manifest-Version: 1.0\n"})
        self.assertEqual([f"ringtap-lib-{VERSION}.jar: the manifest has no Implementation-Version: {VERSION}",
                          f"ringtap-lib-{VERSION}.jar: no module name"], self.faults())
        self.change_jar(**{"META-INF/MANIFEST.MF": f"Implementation-Version: {VERSION}\n", "module-info.class": ""})
        self.assertEqual([], self.faults())

    def test_names_a_module_that_only_maven_keeps_back(self):
        self.change(self.sources / "pom.xml", "<excludeArtifact>ringtap-examples</excludeArtifact>", "")
        [fault] = self.faults()
        self.assertIn("ringtap-examples has to stand in excludeArtifacts", fault)

    def test_names_a_module_that_only_central_keeps_back(self):
        self.change(self.sources / "examples/pom.xml", "<maven.deploy.skip>true</maven.deploy.skip>", "")
        self.assertTrue([f for f in self.faults() if "ringtap-examples has to stand in excludeArtifacts" in f])

    def test_names_a_version_of_its_own(self):
        self.change(self.sources / "lib/pom.xml", "<version>${revision}</version>", "<version>1</version>")
        self.assertEqual(["lib/pom.xml: the version is 1, where every module has ${revision}"], self.faults())

    def test_names_a_revision_of_its_own(self):
        self.change(self.sources / "lib/pom.xml", "<dependencies>",
                    "<properties><revision>1</revision></properties><dependencies>")
        self.assertEqual(["lib/pom.xml: a version of its own in the property revision, which the parent has"], self.faults())

    def test_two_builds_are_the_same_but_for_signatures_and_metadata(self):
        other = self.release / "other"
        shutil.copytree(self.staged, other)
        write(other / "io/ringtap/ringtap-lib/maven-metadata.xml", "another time")
        sign(other / "io/ringtap/ringtap-lib" / VERSION / f"ringtap-lib-{VERSION}.jar")
        self.assertEqual([], list(staging.compare(self.staged, other)))

    def test_names_what_differs_between_two_builds(self):
        other = self.release / "other"
        shutil.copytree(self.staged, other)
        self.change_jar(**{"io/ringtap/Lib.class": "another"})
        faults = list(staging.compare(self.staged, other))
        name = f"io/ringtap/ringtap-lib/{VERSION}/ringtap-lib-{VERSION}.jar"
        self.assertIn(f"{name}: differs between two builds: io/ringtap/Lib.class", faults)
        (self.staged / name).unlink()
        self.assertIn(f"{name}: made by one of two builds", list(staging.compare(self.staged, other)))

    def test_nothing_staged_is_a_fault(self):
        empty = self.release / "empty"
        empty.mkdir()
        self.assertEqual([f"{empty}: nothing is staged"], list(staging.compare(empty, empty)))
        self.assertEqual(["ringtap-bom: not staged", "ringtap-lib: not staged", "ringtap-parent: not staged"],
                         list(staging.Staging(self.sources, empty, VERSION).check()))

    def test_the_exit_code_tells_of_faults(self):
        check = ["check", str(self.sources), str(self.staged), VERSION]
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            self.assertEqual(0, staging.main(check))
            (self.lib / f"ringtap-lib-{VERSION}.jar.md5").unlink()
            self.assertEqual(1, staging.main(check))
        self.assertEqual([f"good: {self.staged} has what Central requires of version {VERSION}",
                          f"ringtap-lib-{VERSION}.jar: no md5", "1 faults"], printed.getvalue().splitlines())

    def test_says_that_gpg_is_missing(self):
        with mock.patch.dict(os.environ, PATH=str(self.release)), contextlib.redirect_stderr(io.StringIO()) as printed:
            self.assertEqual(2, staging.main(["check", str(self.sources), str(self.staged), VERSION]))
        self.assertIn("gpg is not installed", printed.getvalue())

    def bundle(self, leave_out=()):
        bundle = self.release / "bundle.zip"
        with zipfile.ZipFile(bundle, "w") as archive:
            for path in self.staged.rglob("*"):
                if path.is_file() and path.name not in leave_out and not path.name.startswith("maven-metadata"):
                    archive.write(path, path.relative_to(self.staged))
        return bundle

    def test_a_bundle_has_what_was_staged(self):
        self.assertEqual([], list(staging.check_bundle(self.staged, self.bundle())))

    def test_names_what_a_bundle_has_too_much(self):
        bundle = self.bundle()
        with zipfile.ZipFile(bundle, "a") as archive:
            archive.writestr("io/ringtap/ringtap-examples/1.2.3/ringtap-examples-1.2.3.jar", "")
        self.assertEqual(["io/ringtap/ringtap-examples/1.2.3/ringtap-examples-1.2.3.jar: would be uploaded, and is not staged"],
                         list(staging.check_bundle(self.staged, bundle)))

    def test_names_what_a_bundle_lacks(self):
        jar = f"ringtap-lib-{VERSION}.jar"
        path = f"io/ringtap/ringtap-lib/{VERSION}/{jar}"
        self.assertEqual([f"{path}: staged, and would not be uploaded"],
                         list(staging.check_bundle(self.staged, self.bundle([jar]))))
        self.assertEqual([f"{path}: would be uploaded without md5"],
                         list(staging.check_bundle(self.staged, self.bundle([jar + ".md5"]))))


if __name__ == "__main__":
    unittest.main()
