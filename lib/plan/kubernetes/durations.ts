const UNITS: Readonly<Record<string, number>> = {
  h: 3_600_000,
  m: 60_000,
  s: 1000,
  ms: 1,
  us: 1e-3,
  µs: 1e-3,
  ns: 1e-6,
};

/** A duration as Go writes it, such as `1h0m0s`, in milliseconds; undefined for what is none. */
export function milliseconds(text: unknown): number | undefined {
  if (typeof text !== 'string' || !/^(\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+$/.test(text)) return undefined;
  return [...text.matchAll(/([\d.]+)(ns|us|µs|ms|s|m|h)/g)].reduce(
    (sum, [, number, unit]) => sum + Number(number) * UNITS[unit],
    0,
  );
}

/** Whether two durations are equally long, however they are written. */
export function equallyLong(a: unknown, b: unknown): boolean {
  const [one, other] = [milliseconds(a), milliseconds(b)];
  return one !== undefined && one === other;
}
