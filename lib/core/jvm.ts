import type { Size } from 'cdk8s';
import type { Finding } from './problem';
import { mebibytesOf, quantityOf } from './quantity';

/** Sizes of a JVM in a container, in MiB. */
export interface JvmMemory {
  readonly limit: number;
  readonly heap: number;
}

/** What a JVM needs beside its heap: metaspace, threads and direct buffers, in MiB. */
export function jvmOverhead(heap: number): number {
  return Math.ceil(heap * 0.25) + 256;
}

/**
 * The heap for a memory limit: the largest one that leaves `jvmOverhead` free, and never more than `share` of the
 * limit, so that a server which lives from the page cache keeps some.
 */
export function jvmMemory(memory: Size, heap?: Size, share = 0.6): JvmMemory {
  const limit = mebibytesOf(memory);
  const fitting = Math.floor((limit - 256) / 1.25);
  const derived = Math.max(0, Math.min(fitting, Math.floor(limit * share)));
  return { limit, heap: heap ? mebibytesOf(heap) : derived };
}

/** Findings about a heap that does not fit its limit. */
export function checkJvmMemory(code: string, memory: Size, heap?: Size): Finding[] {
  const sizes = jvmMemory(memory, heap);
  if (!heap && sizes.heap < 64) {
    return [
      { code, message: `memory ${quantityOf(memory)} leaves no room for a JVM; give it at least 384Mi` },
    ];
  }
  const needed = sizes.heap + jvmOverhead(sizes.heap);
  if (needed <= sizes.limit) return [];
  const largest = Math.floor((sizes.limit - 256) / 1.25);
  return [
    {
      code,
      message:
        `heap ${sizes.heap}Mi needs a memory limit of ${needed}Mi (a quarter and 256Mi more for threads, metaspace and ` +
        `buffers), the limit is ${sizes.limit}Mi; raise memory to ${needed}Mi or lower heap to ${Math.max(0, largest)}Mi`,
    },
  ];
}
