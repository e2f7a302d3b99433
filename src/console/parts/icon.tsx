/** Small drawings, in the colour of the text beside them. */

const PATHS = {
  mark: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18Zm0 5.5a3.5 3.5 0 1 1 0 7 3.5 3.5 0 0 1 0-7Z',
  overview: 'M4 4h7v7H4zM13 4h7v4h-7zM13 11h7v9h-7zM4 14h7v6H4z',
  batches: 'M4 6h16M4 12h16M4 18h10',
  compare: 'M12 3v18M4 7h5M4 12h5M4 17h5M15 7h5M15 12h5M15 17h5',
  traffic: 'M4 9h14l-4-4M20 15H6l4 4',
  try: 'M5 4l14 8-14 8z',
  switches: 'M4 8h9M17 8h3M15 5v6M4 16h3M11 16h9M9 13v6',
  rules: 'M6 3h11a2 2 0 0 1 2 2v16H8a2 2 0 0 1-2-2zM10 8h5M10 12h5',
  shown: 'M2 12s4-7 10-7 10 7 10 7-4 7-10 7S2 12 2 12Zm10-3a3 3 0 1 1 0 6 3 3 0 0 1 0-6Z',
  masked:
    'M3 4l18 16M6 7.5C3.500 9.500 2 12 2 12s4 7 10 7c1.700 0 3.200-.5 4.500-1.200M10 5.200A9 9 0 0 1 12 5c6 0 10 7 10 7s-.8 1.500-2.300 3.100',
  auto: 'M12 3a9 9 0 1 0 0 18zM12 3v18a9 9 0 0 0 0-18Z',
  dark: 'M20 14.500A8.500 8.500 0 1 1 9.500 4a7 7 0 0 0 10.500 10.500Z',
  light: 'M12 8a4 4 0 1 1 0 8 4 4 0 0 1 0-8ZM12 2v3M12 19v3M2 12h3M19 12h3M5 5l2 2M17 17l2 2M5 19l2-2M17 7l2-2',
  fault: 'M12 3 2.500 20h19zM12 10v4M12 17v.5',
} as const;

export function Icon({ name }: { readonly name: keyof typeof PATHS }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
