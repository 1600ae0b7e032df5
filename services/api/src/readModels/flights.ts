/** A reading under way. */
export interface Flight<S, T> {
  result: Promise<T>;
  /** The state it reads, as soon as that is known; undefined when it cannot be read. */
  state: Promise<S | undefined>;
}

interface Start<S, T> {
  /** Found under this until it ends, or another of the same is started: nobody knows its state before it does. */
  question: string;
  /** Of the state it is expected to read: found under this too, */
  expected: string;
  /** @param opened to be called with the state that is read, before the result is there */
  run(opened: (state: Promise<S>) => void): Promise<T>;
  /** and under that of the state it does read. */
  keyOf(state: S): string;
}

export interface Flights {
  /** The newest of this question, or the one that is expected to read the state of this key, or does. */
  get<S, T>(key: string): Flight<S, T> | undefined;
  start<S, T>(flight: Start<S, T>): Flight<S, T>;
}

/** Single-flight: what is being read is not read a second time for who asks for the same meanwhile. */
export function createFlights(): Flights {
  const underWay = new Map<string, Flight<unknown, unknown>>();

  function start<S, T>({ question, expected, run, keyOf }: Start<S, T>): Flight<S, T> {
    let opened: (state: Promise<S>) => void = () => {};
    const opening = new Promise<S>((resolve) => {
      opened = resolve;
    });
    const result = run((state) => opened(state));
    const failed = result.then(() => undefined);
    const flight = { result, state: Promise.race([opening, failed]).catch(() => undefined) };
    const keys = new Set<string>();
    let landed = false;
    const register = (key: string) => {
      if (landed || underWay.has(key)) return;
      underWay.set(key, flight);
      keys.add(key);
    };
    const land = () => {
      landed = true;
      for (const key of keys) underWay.delete(key);
      if (underWay.get(question) === flight) underWay.delete(question);
    };
    underWay.set(question, flight);
    register(expected);
    void flight.state.then((state) => {
      if (state !== undefined) register(keyOf(state));
    });
    result.then(land, land);
    return flight;
  }

  return { get: <S, T>(key: string) => underWay.get(key) as Flight<S, T> | undefined, start };
}
