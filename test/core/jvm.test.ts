import { Size } from 'cdk8s';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkJvmMemory, jvmMemory, jvmOverhead } from '../../lib/core/jvm';

const limits = fc.integer({ min: 256, max: 256 * 1024 });

describe('jvmMemory', () => {
  it.each([
    [384, 102],
    [512, 204],
    [1024, 614],
    [2048, 1228],
    [8192, 4915],
  ])('gives a limit of %i MiB a heap of %i MiB', (limit, heap) => {
    expect(jvmMemory(Size.mebibytes(limit))).toEqual({ limit, heap });
  });

  it('leaves room for what a JVM needs beside its heap, and keeps to the share', () => {
    fc.assert(
      fc.property(limits, fc.double({ min: 0.1, max: 1, noNaN: true }), (limit, share) => {
        const { heap } = jvmMemory(Size.mebibytes(limit), undefined, share);
        expect(heap === 0 || heap + jvmOverhead(heap) <= limit).toBe(true);
        expect(heap).toBeLessThanOrEqual(limit * share);
      }),
    );
  });

  it('takes the largest heap that does', () => {
    fc.assert(
      fc.property(limits, (limit) => {
        const larger = jvmMemory(Size.mebibytes(limit)).heap + 1;
        expect(larger + jvmOverhead(larger) > limit || larger > limit * 0.6).toBe(true);
      }),
    );
  });

  it('never takes heap away when memory is added', () => {
    fc.assert(
      fc.property(limits, fc.nat(4096), (limit, more) => {
        expect(jvmMemory(Size.mebibytes(limit + more)).heap).toBeGreaterThanOrEqual(
          jvmMemory(Size.mebibytes(limit)).heap,
        );
      }),
    );
  });

  it('takes a heap that is given as it is', () => {
    expect(jvmMemory(Size.gibibytes(4), Size.gibibytes(1))).toEqual({ limit: 4096, heap: 1024 });
  });
});

describe('checkJvmMemory', () => {
  it('finds nothing wrong with what jvmMemory itself derives from 384Mi on', () => {
    fc.assert(
      fc.property(fc.integer({ min: 384, max: 1024 * 1024 }), (limit) => {
        expect(checkJvmMemory('x/heap', Size.mebibytes(limit))).toEqual([]);
      }),
    );
  });

  it('names a memory and a heap that would both be accepted', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 384, max: 65536 }),
        fc.integer({ min: 64, max: 131072 }),
        (limit, heap) => {
          const [finding] = checkJvmMemory('x/heap', Size.mebibytes(limit), Size.mebibytes(heap));
          if (!finding) {
            expect(heap + jvmOverhead(heap)).toBeLessThanOrEqual(limit);
            return;
          }
          const [, memory, lower] =
            /raise memory to (\d+)Mi or lower heap to (\d+)Mi$/.exec(finding.message) ?? [];
          expect(checkJvmMemory('x/heap', Size.mebibytes(Number(memory)), Size.mebibytes(heap))).toEqual([]);
          expect(
            checkJvmMemory('x/heap', Size.mebibytes(Number(memory) - 1), Size.mebibytes(heap)),
          ).not.toEqual([]);
          expect(checkJvmMemory('x/heap', Size.mebibytes(limit), Size.mebibytes(Number(lower)))).toEqual([]);
          expect(
            checkJvmMemory('x/heap', Size.mebibytes(limit), Size.mebibytes(Number(lower) + 1)),
          ).not.toEqual([]);
        },
      ),
    );
  });

  it('explains a heap that does not fit', () => {
    expect(checkJvmMemory('x/heap', Size.gibibytes(1), Size.gibibytes(1))).toEqual([
      {
        code: 'x/heap',
        message:
          'heap 1024Mi needs a memory limit of 1536Mi (a quarter and 256Mi more for threads, metaspace and buffers), ' +
          'the limit is 1024Mi; raise memory to 1536Mi or lower heap to 614Mi',
      },
    ]);
  });

  it('explains memory that no JVM fits', () => {
    expect(checkJvmMemory('x/heap', Size.mebibytes(256))).toEqual([
      { code: 'x/heap', message: 'memory 256Mi leaves no room for a JVM; give it at least 384Mi' },
    ]);
  });
});
