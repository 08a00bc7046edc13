/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * The control connection of vhost-user: messages and descriptors through a socket, and what the two sides have agreed
 * on by them.
 */
package io.ringtap.internal.vhost.control;
