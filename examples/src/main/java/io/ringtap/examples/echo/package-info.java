/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
/** A host made of Netty handlers: the short example to start from. */
package io.ringtap.examples.echo;
