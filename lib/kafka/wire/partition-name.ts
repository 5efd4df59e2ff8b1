/** A partition's name as Kafka's tools write it, and as its directories are called. */
export function partitionName({
  topic,
  partition,
}: {
  readonly topic: string;
  readonly partition: number;
}): string {
  return `${topic}-${partition}`;
}
