const NEWLINE = 0x0a;

/** Cuts what comes in into lines, holding no more than one; empty lines are left out. A last line needs no end. */
export async function* linesOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let begun: Buffer[] = [];
  const whole = (end: Buffer) => {
    const line = Buffer.concat([...begun, end]).toString();
    begun = [];
    return line;
  };
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      const line = whole(chunk.subarray(start, end));
      if (line) yield line;
      start = end + 1;
    }
    if (start < chunk.length) begun.push(chunk.subarray(start));
  }
  const last = whole(Buffer.alloc(0));
  if (last) yield last;
}
