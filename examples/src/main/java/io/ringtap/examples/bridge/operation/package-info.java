/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */

/** What an operator of a bridge is offered, by options of its command line: HTTP, and a control socket. */
package io.ringtap.examples.bridge.operation;
