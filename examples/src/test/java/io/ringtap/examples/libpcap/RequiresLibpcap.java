/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.libpcap;

import io.ringtap.virtio.LinkLayer;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** The test is skipped, with the reason, if the system has no libpcap. */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(RequiresLibpcap.Condition.class)
public @interface RequiresLibpcap {
    /** Tries to compile an expression. */
    final class Condition implements ExecutionCondition {
        @Override
        public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
            try {
                PacketFilter.compile("ip", LinkLayer.ETHERNET).close();
                return ConditionEvaluationResult.enabled("libpcap is there");
            } catch (UnsupportedOperationException e) {
                return ConditionEvaluationResult.disabled(e.getMessage());
            }
        }
    }
}
