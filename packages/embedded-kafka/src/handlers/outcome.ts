import { ErrorCode, KafkaError } from "../protocol/errorCodes.ts";
import type { TopicResult } from "../protocol/topicAdmin.ts";

/** What became of a task for one topic: a refusal is an answer, any other error is thrown. */
export async function outcome(name: string, task: () => Promise<void>): Promise<TopicResult> {
  try {
    await task();
    return { name, error: ErrorCode.NONE, message: null };
  } catch (error) {
    if (error instanceof KafkaError) return { name, error: error.code, message: error.message };
    throw error;
  }
}
