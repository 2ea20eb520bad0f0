#include "CHoldfastSystem.h"

#if defined(__SSE2__)
#include <immintrin.h>

// A 16 × 16 tile: four rounds of interleaving bytes, 2-, 4- and 8-byte groups.
static void transpose_tile(uint8_t *target, size_t target_stride, const uint8_t *source,
                           size_t source_stride) {
    __m128i a[16], b[16];
    for (int row = 0; row < 16; row++)
        a[row] = _mm_loadu_si128((const __m128i *)(source + row * source_stride));
    for (int i = 0; i < 8; i++) {
        b[2 * i] = _mm_unpacklo_epi8(a[i], a[i + 8]);
        b[2 * i + 1] = _mm_unpackhi_epi8(a[i], a[i + 8]);
    }
    for (int i = 0; i < 8; i++) {
        a[2 * i] = _mm_unpacklo_epi8(b[i], b[i + 8]);
        a[2 * i + 1] = _mm_unpackhi_epi8(b[i], b[i + 8]);
    }
    for (int i = 0; i < 8; i++) {
        b[2 * i] = _mm_unpacklo_epi8(a[i], a[i + 8]);
        b[2 * i + 1] = _mm_unpackhi_epi8(a[i], a[i + 8]);
    }
    for (int i = 0; i < 8; i++) {
        a[2 * i] = _mm_unpacklo_epi8(b[i], b[i + 8]);
        a[2 * i + 1] = _mm_unpackhi_epi8(b[i], b[i + 8]);
    }
    for (int row = 0; row < 16; row++)
        _mm_storeu_si128((__m128i *)(target + row * target_stride), a[row]);
}
#define TILE 16
#else
#define TILE 0
#endif

void holdfast_transpose(uint8_t *target, const uint8_t *source, size_t rows, size_t columns) {
    size_t tiled_rows = 0, tiled_columns = 0;
#if TILE
    tiled_rows = rows - rows % TILE;
    tiled_columns = columns - columns % TILE;
    for (size_t row = 0; row < tiled_rows; row += TILE)
        for (size_t column = 0; column < tiled_columns; column += TILE)
            transpose_tile(target + column * rows + row, rows, source + row * columns + column, columns);
#endif
    // The right edge of the tiled rows, then every row below them.
    for (size_t row = 0; row < tiled_rows; row++)
        for (size_t column = tiled_columns; column < columns; column++)
            target[column * rows + row] = source[row * columns + column];
    for (size_t row = tiled_rows; row < rows; row++)
        for (size_t column = 0; column < columns; column++)
            target[column * rows + row] = source[row * columns + column];
}
