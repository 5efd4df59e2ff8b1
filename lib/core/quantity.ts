import { type Size, SizeRoundingBehavior } from 'cdk8s';

/** Bytes of a size. */
export function bytesOf(size: Size): number {
  return size.toKibibytes({ rounding: SizeRoundingBehavior.NONE }) * 1024;
}

/** Whole mebibytes of a size, rounded down. */
export function mebibytesOf(size: Size): number {
  return Math.floor(bytesOf(size) / 1024 ** 2);
}

const UNITS = [
  ['Ti', 4],
  ['Gi', 3],
  ['Mi', 2],
  ['Ki', 1],
] as const;

/** A size as a Kubernetes quantity in the largest unit that divides it: `20Gi`. */
export function quantityOf(size: Size): string {
  const bytes = bytesOf(size);
  const unit = UNITS.find(([, power]) => bytes >= 1024 ** power && bytes % 1024 ** power === 0);
  return unit ? `${bytes / 1024 ** unit[1]}${unit[0]}` : String(Math.ceil(bytes));
}
