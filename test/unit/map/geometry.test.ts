import { describe, expect, it } from 'vitest';
import { boundsOf, frameFor, nearestPoint, pointsInside, zoomed } from '../../../webview/map/geometry.ts';

const places = Float32Array.of(0, 0, 1, 0, 1, 1, 0.5, 0.5);
const screen = { x0: 0, y0: 0, x1: 200, y1: 100 };

describe('geometry of the map', () => {
  it('shows a box in a box, y upwards, in equal scale where asked', () => {
    expect(frameFor({ x0: 0, y0: 0, x1: 1, y1: 1 }, screen, false)).toEqual({
      scaleX: 200,
      scaleY: 100,
      left: 0,
      top: 100,
    });
    expect(frameFor({ x0: 0, y0: 0, x1: 1, y1: 1 }, screen, true)).toEqual({
      scaleX: 100,
      scaleY: 100,
      left: 50,
      top: 100,
    });
  });

  it('zooms about a pixel, which stays', () => {
    const frame = frameFor({ x0: 0, y0: 0, x1: 1, y1: 1 }, screen, true);
    const after = zoomed(frame, 3, 120, 40);
    const unitX = (120 - frame.left) / frame.scaleX;
    const unitY = (frame.top - 40) / frame.scaleY;
    expect(after.left + after.scaleX * unitX).toBeCloseTo(120, 9);
    expect(after.top - after.scaleY * unitY).toBeCloseTo(40, 9);
    expect(after.scaleX).toBe(300);
  });

  it('finds the points inside a line, also one with a dent', () => {
    const frame = { scaleX: 100, scaleY: 100, left: 0, top: 100 };
    // Around the lower half: (0,0) and (1,0).
    expect(pointsInside(places, frame, [-10, 60, 110, 60, 110, 110, -10, 110])).toEqual([0, 1]);
    // All corners but the middle, which lies in the dent.
    expect(pointsInside(places, frame, [-40, 110, 120, 110, 120, -60, 60, 60])).toEqual([0, 1, 2]);
    expect(pointsInside(places, frame, [0, 0, 5, 5])).toEqual([]);
  });

  it('finds the point near a pixel, or none', () => {
    const frame = { scaleX: 100, scaleY: 100, left: 0, top: 100 };
    expect(nearestPoint(places, frame, 53, 48, 9)).toBe(3);
    expect(nearestPoint(places, frame, 75, 25, 9)).toBe(-1);
  });

  it('bounds points, those of a mask alone', () => {
    expect(boundsOf(places)).toEqual({ x0: 0, y0: 0, x1: 1, y1: 1 });
    expect(boundsOf(places, [0, 0, 1, 1])).toEqual({ x0: 0.5, y0: 0.5, x1: 1, y1: 1 });
    expect(boundsOf(places, [0, 0, 0, 0])).toEqual({ x0: 0, y0: 0, x1: 1, y1: 1 });
  });
});
