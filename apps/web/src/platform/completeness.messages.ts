/** Words beside clusters that are missing in an answer. */
export const t = {
  seeHealth: 'See Health',
  mendRefusal: 'Let it be read',
} as const;
