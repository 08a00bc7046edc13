/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.docs;

import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

import java.io.StringReader;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;

import static org.assertj.core.api.Assertions.assertThat;

/** The blocks that a reader copies from the README into a new project are correct. */
class ReadmeTest {
    private static final MarkdownPage README = MarkdownPage.of(Repository.root().resolve("README.md"));

    private static List<MarkdownPage.Block> blocks(String language) {
        return README.blocks().stream().filter(block -> block.language().equals(language)).toList();
    }

    private static Document xml(String text) throws Exception {
        return DocumentBuilderFactory.newInstance().newDocumentBuilder()
            .parse(new InputSource(new StringReader(text)));
    }

    private static List<Element> elements(Document document, String name) {
        NodeList nodes = document.getElementsByTagName(name);
        List<Element> elements = new ArrayList<>();
        for (int i = 0; i < nodes.getLength(); i++) {
            elements.add((Element) nodes.item(i));
        }
        return elements;
    }

    private static String text(Element element, String name) {
        NodeList children = element.getElementsByTagName(name);
        return children.getLength() == 0 ? null : children.item(0).getTextContent();
    }

    @Test
    void thereAreTwoPrograms() {
        assertThat(blocks("java")).hasSize(2).allSatisfy(block ->
            assertThat(SnippetCompiler.isClass(block.text())).as("a whole class: %s", block.text()).isTrue());
    }

    @Test
    void dependenciesNameTheArtifactsAndVersionsOfThisBuild() throws Exception {
        assertThat(blocks("xml")).hasSize(1);
        Document project = xml("<project>" + blocks("xml").get(0).text() + "</project>");
        Document parent = xml(Repository.read("pom.xml"));
        List<String> ours = new ArrayList<>();
        for (Element dependency : elements(project, "dependency")) {
            String artifact = text(dependency, "artifactId");
            String version = text(dependency, "version");
            if (text(dependency, "groupId").equals("io.ringtap")) {
                ours.add(artifact);
                assertThat(Files.exists(Repository.root().resolve(artifact.replace("ringtap-", "")).resolve("pom.xml")))
                    .as("the module of %s", artifact).isTrue();
                assertThat(version).isIn(null, elements(parent, "revision").get(0).getTextContent());
            } else if (artifact.startsWith("netty-")) {
                assertThat(version).isEqualTo(elements(parent, "netty.version").get(0).getTextContent());
            }
        }
        assertThat(ours).contains("ringtap-bom", "ringtap-transport-tap");
    }
}
