/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
/** The netmap inside this JVM, as an application sees it: what its switches have done. */
package io.ringtap.netmap.embedded;
