package codec

import (
	"log/slog"
	"maps"
	"slices"
	"strconv"
)

// LogList returns a list for a log: a group of its items, by index, each as its own
// LogValue shows it.
func LogList[T slog.LogValuer](list []T) slog.Value {
	attrs := make([]slog.Attr, len(list))
	for i, item := range list {
		attrs[i] = slog.Any(strconv.Itoa(i), item)
	}
	return slog.GroupValue(attrs...)
}

// LogMap returns a map for a log: a group of its values, by key, each as its own
// LogValue shows it.
func LogMap[T slog.LogValuer](m map[string]T) slog.Value {
	attrs := make([]slog.Attr, 0, len(m))
	for _, key := range slices.Sorted(maps.Keys(m)) {
		attrs = append(attrs, slog.Any(key, m[key]))
	}
	return slog.GroupValue(attrs...)
}
