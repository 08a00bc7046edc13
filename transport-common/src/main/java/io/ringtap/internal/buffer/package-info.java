/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * The memory that channels receive into: buffers that are used again, a budget for all channels of an event loop, and
 * leak records of the buffers that are lent to pipelines.
 */
package io.ringtap.internal.buffer;
