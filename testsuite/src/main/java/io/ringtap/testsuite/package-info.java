/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */

/**
 * What every frame channel owes to Netty, as tests that the author of a transport runs against it: a
 * {@link io.ringtap.testsuite.FrameTestbed} gives the suites a device and its far end.
 *
 * <p>This module stands above transport-common, whose channel and event loops it needs. Tests of transport-common that
 * need what is here, pairs of descriptors or all event loops, can therefore not live in that module, as Maven knows no
 * circles: they are in the test sources of this one, in the packages of the classes that they test.
 */
package io.ringtap.testsuite;
