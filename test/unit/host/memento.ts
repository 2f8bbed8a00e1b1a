/** A state that is kept as JSON, as VS Code keeps it. */
export function memento() {
  let kept = '{}';
  return {
    get: <T>(key: string, otherwise?: T): T => ((JSON.parse(kept) as Record<string, T>)[key] ?? otherwise) as T,
    update: (key: string, value: unknown) => {
      kept = JSON.stringify({ [key]: value });
      return Promise.resolve();
    },
  };
}
