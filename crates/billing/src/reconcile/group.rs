//! Rows grouped by a small index, in two passes and without moving them.

/// The places of a table's rows, grouped by key; within a group in the table's order.
pub(super) struct Groups {
    /// Where each key's group begins in `places`; one more entry than keys.
    bounds: Vec<u32>,
    places: Vec<u32>,
    /// The table is already in groups: `places` would only count up and is left empty.
    in_order: bool,
}

impl Groups {
    /// Rows whose key is none, or not below `keys`, are in no group.
    pub(super) fn of<T>(rows: &[T], keys: usize, key: impl Fn(&T) -> Option<usize>) -> Groups {
        let mut bounds = vec![0_u32; keys + 1];
        let mut in_order = true;
        let mut last = 0;
        for row in rows {
            match key(row) {
                Some(at) if at < keys => {
                    in_order &= at >= last;
                    last = at;
                    if let Some(count) = bounds.get_mut(at + 1) {
                        *count += 1;
                    }
                }
                _ => in_order = false,
            }
        }
        let mut sum = 0;
        for bound in &mut bounds {
            sum += *bound;
            *bound = sum;
        }
        let places = if in_order {
            Vec::new()
        } else {
            places(rows, &bounds, sum, key)
        };
        Groups {
            bounds,
            places,
            in_order,
        }
    }

    /// The place in the table of a group's `n`th row.
    pub(super) fn place(&self, key: usize, n: usize) -> usize {
        let at = self.bounds.get(key).map_or(0, |b| *b as usize) + n;
        if self.in_order {
            at
        } else {
            self.places.get(at).map_or(at, |place| *place as usize)
        }
    }

    /// The rows of one group next to each other: as they lie in the table, or copied to `shelf`.
    ///
    /// A plain copy fetches scattered rows many at a time, where work on each would wait for
    /// every one of them.
    pub(super) fn gather<'a, T: Copy>(
        &self,
        rows: &'a [T],
        key: usize,
        shelf: &'a mut Vec<T>,
    ) -> &'a [T] {
        let bound = |at: usize| self.bounds.get(at).map_or(0, |b| *b as usize);
        let range = bound(key)..bound(key + 1).max(bound(key));
        if self.in_order {
            return rows.get(range).unwrap_or_default();
        }
        shelf.clear();
        let places = self.places.get(range).unwrap_or_default();
        shelf.extend(places.iter().filter_map(|place| rows.get(*place as usize)));
        shelf
    }

    /// The rows of one group, each with its place in the table.
    pub(super) fn rows<'a, T>(
        &'a self,
        rows: &'a [T],
        key: usize,
    ) -> impl Iterator<Item = (usize, &'a T)> + Clone {
        let bound = |at: usize| self.bounds.get(at).map_or(0, |b| *b as usize);
        let range = bound(key)..bound(key + 1).max(bound(key));
        let places = if self.in_order { &[][..] } else { &self.places };
        range.filter_map(move |at| {
            let at = if self.in_order {
                at
            } else {
                *places.get(at)? as usize
            };
            Some((at, rows.get(at)?))
        })
    }
}

fn places<T>(
    rows: &[T],
    bounds: &[u32],
    total: u32,
    key: impl Fn(&T) -> Option<usize>,
) -> Vec<u32> {
    let mut next = bounds.to_vec();
    let mut places = vec![0_u32; total as usize];
    for (place, row) in (0_u32..).zip(rows) {
        let slot = key(row)
            .filter(|at| at + 1 < bounds.len())
            .and_then(|at| next.get_mut(at));
        if let Some(slot) = slot {
            if let Some(free) = places.get_mut(*slot as usize) {
                *free = place;
            }
            *slot += 1;
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use super::Groups;

    #[test]
    fn keeps_every_row_with_a_key_in_the_tables_order() {
        let scattered = [(2, 'a'), (0, 'b'), (9, 'c'), (2, 'd'), (0, 'e')];
        let groups = Groups::of(&scattered, 3, |row| Some(row.0));
        let letters = |key| {
            groups
                .rows(&scattered, key)
                .map(|(_, r)| r.1)
                .collect::<String>()
        };
        assert_eq!(
            (letters(0), letters(1), letters(2)),
            ("be".into(), String::new(), "ad".into())
        );

        let ordered = [(0, 'a'), (0, 'b'), (2, 'c')];
        let groups = Groups::of(&ordered, 3, |row| Some(row.0));
        assert!(groups.in_order);
        let letters = |key| {
            groups
                .rows(&ordered, key)
                .map(|(_, r)| r.1)
                .collect::<String>()
        };
        assert_eq!(
            (letters(0), letters(1), letters(2)),
            ("ab".into(), String::new(), "c".into())
        );
    }
}
