import { statSync } from 'node:fs';

/** What mounted files hold, read again only when one of them changes: Kubernetes replaces them while the program runs. */
export class MountedFiles<T> {
  private last: { readonly stamp: string; readonly value: T } | undefined;

  /** `load` reads `files`, which may be others each time. */
  constructor(
    private readonly files: () => readonly string[],
    private readonly load: () => T,
  ) {}

  /**
   * What they hold now: the same value until something changes.
   * @throws Error when one of them is not there, or as `load` does
   */
  read(): T {
    const stamp = this.stamp();
    if (this.last?.stamp === stamp) return this.last.value;
    const value = this.load();
    // Half of the files may be newer than the rest; then they are read again the next time.
    if (this.stamp() === stamp) this.last = { stamp, value };
    return value;
  }

  private stamp(): string {
    return this.files()
      .map((file) => {
        const { ino, mtimeMs, size } = statSync(file);
        return `${file} ${ino} ${mtimeMs} ${size}`;
      })
      .join();
  }
}
