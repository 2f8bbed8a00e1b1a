/** How maps are drawn; apart from the drawing, which brings a library that whoever only reads maps need not load. */
export const layoutSettings = {
  /** Rows that count as near each other; few show small groups, many the whole. */
  neighbours: 15,
  /** How close rows may lie, as a share of the map's natural scale. */
  minDistance: 0.1,
  /** Half the width that the start is scaled to. */
  startScale: 10,
  /** Copies must not start at one place: they could never be told apart. */
  startNoise: 1e-3,
} as const;

/** The fewest rows that can be laid out. */
export const fewestOnMap = 16;
